"""Read the `send` of a test: the caller's actions, and their sound."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import msgspec

from pipeline.config.reading import Reader
from pipeline.config.values import BROKEN
from pipeline.config.yaml.nodes import Mapping, Node, Scalar, Sequence
from pipeline.config.yaml.scalars import span
from pipeline.config.yaml.variables import resolve
from pipeline.faults import ConfigError, Place
from pipeline.phone import script
from pipeline.phone.script import Action, Dtmf, HangUp, Pcm, Pressed, Wait, Wav
from pipeline.settings import Duration, FilePath, doc
from pipeline.tools.configtest import sounds
from pipeline.tools.configtest.patterns import read_moment
from pipeline.tools.configtest.suite import Send, Wire

WHEN = ("at", "after")


class _Doing(msgspec.Struct, frozen=True, kw_only=True):
    """One step of `send`: an action, and its time."""

    say: Annotated[str | None, doc("Speech that is as long as these words take.")] = None
    speech: Annotated[Duration, doc("Speech of this length, without words.", 0.02, 60)] | None = None
    noise: Annotated[Duration, doc("Noise of this length.", 0.02, 60)] | None = None
    silence: Annotated[Duration, doc("Nothing, for so long.", 0.02, 900)] | None = None
    wav: Annotated[FilePath | None, doc("A WAV file.")] = None
    dtmf: Annotated[Pressed, doc("Keys, one after the other.")] | None = None
    hang_up: Annotated[bool, doc("The end of the call.")] = False
    wire: Annotated[Any, doc("A raw message: keys and values, or text as it is.")] = None
    at: Annotated[Duration, doc("When it is done, a time of the call.", 0, 900)] | None = None

    def faults(self) -> Iterable[tuple[str, str]]:
        """Yield a fault if the step has no action, or for each one beside the first."""
        done = self.done()
        if not done:
            yield "", f"a step of `send` does one of {', '.join(DOING)}"
        for name in done[1:]:
            yield name, f"stands beside `{done[0]}`: a step does one thing; begin the next one with `- `"

    def done(self) -> list[str]:
        """Return the names of the actions given, one in a valid step."""
        return [name for name in DOING if getattr(self, name) is not None and getattr(self, name) is not False]

    def action(self, number: int, at: Place) -> Action:
        """Return the caller's action; `number` varies the pitch of the voice. Raises ConfigError for a bad WAV file."""
        if self.wav is not None:
            return script.prepare((Wav(self.wav, at=at),))[0]
        if self.dtmf is not None:
            return Dtmf(self.dtmf, at=at)
        if self.wire is not None:
            data = self.wire if isinstance(self.wire, str) else msgspec.json.encode(self.wire)
            return Wire(data.encode() if isinstance(data, str) else data, at=at)
        if self.hang_up:
            return HangUp(at=at)
        pcm = self.pcm(number)
        return Pcm(pcm, at=at) if pcm else Wait(self.silence or 0.0, at=at)

    def pcm(self, number: int) -> bytes:
        """Return the PCM of a step with sound of its own, else nothing."""
        if self.say is not None:
            return sounds.words(self.say, number)
        if self.speech is not None:
            return sounds.speech(self.speech, number)
        return sounds.noise(self.noise, number) if self.noise is not None else b""


DOING = tuple(name for name in _Doing.__struct_fields__ if name not in WHEN)


def read_send(node: Node, reader: Reader) -> tuple[Any, list[Scalar]]:
    """Return the steps of a `send`, BROKEN with faults noted if one cannot be read, and the words said in them."""
    if not isinstance(node, Sequence):
        return reader.unfit(node.at, "send", "a list", reader.got_node(node)), []
    made = [_step(each, number, reader) for number, each in enumerate(node.items)]
    entries = [entry for each in node.items if isinstance(each, Mapping) for entry in each.entries]
    said = [value for key, value in entries if key.text == "say" and isinstance(value, Scalar)]
    values = [resolve(each, reader.environment, reader.findings) for each in said]
    texts = [Scalar(at=it.at, text=value.text) for it, value in zip(said, values, strict=True) if value is not None]
    if any(each is BROKEN for each in made):
        return BROKEN, texts
    _in_order(made, reader)
    return tuple(made), texts


def _step(node: Node, number: int, reader: Reader) -> Any:
    if isinstance(node, Scalar) and node.text == "hang_up":
        return Send(place=node.at, what="hang_up", action=HangUp(at=node.at))
    if not isinstance(node, Mapping):
        return reader.unfit(node.at, "send", f"one of {', '.join(DOING)}", reader.got_node(node))
    after, kept = None, [entry for entry in node.entries if entry[0].text != "after"]
    by, waits = 0.0, next((value for key, value in node.entries if key.text == "after"), None)
    if waits is not None:
        after, when = read_moment(waits, reader, ("by",))
        by = reader.read(when["by"][1], Duration, "by") if "by" in when else 0.0
    doing = reader.struct(_Doing, kept, node.at, "a step of `send`")
    if BROKEN in (after, by, doing):
        return BROKEN
    if after is not None and doing.at is not None:
        reader.findings.fault(node.at, "a step is done `at` a time or `after` an event, not both")
    try:
        action = doing.action(number, node.at)
    except ConfigError as error:
        reader.findings.faults += error.faults
        return BROKEN
    return Send(place=node.at, what=_written(doing), action=action, at=doing.at, after=after, by=by)


def _written(doing: _Doing) -> str:
    [name] = doing.done()
    value = getattr(doing, name)
    shown = span(value) if isinstance(value, float) else value.name if isinstance(value, Path) else value
    return name if value is True else f"{name} {shown}"


def _in_order(made: Iterable[Send], reader: Reader) -> None:
    last, over = 0.0, False
    for each in made:
        if over:
            reader.findings.fault(each.place, "the caller has hung up before")
        over = isinstance(each.action, HangUp)
        if each.at is not None and each.at < last:
            reader.findings.fault(each.place, "the step before is done later: what a caller does stands in its order")
        last = each.at or last
