"""Patterns of events: `frame: Transcript`, `message: clear`, `log: /BARGE_IN/`, their fields, and order (`after`)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, get_type_hints

import msgspec

from pipeline import frames
from pipeline.config.drafts import Entry
from pipeline.config.reading import Reader
from pipeline.config.values import BROKEN
from pipeline.config.yaml.nodes import Mapping, Node, Scalar
from pipeline.faults import Place, did_you_mean
from pipeline.frames import Control, Frame
from pipeline.routes import UNWATCHED
from pipeline.tools.configtest.bounds import Exactly, Unit, Wanted, read_bound, read_text
from pipeline.tools.configtest.event_log import Event
from pipeline.vocabulary import Word

MESSAGES: dict[str, dict[str, Any]] = {"media": {}, "mark": {"name": str}, "clear": {}}  # and their fields
WORDS = ("log", "heard")
KINDS = ("frame", "control", "message", *WORDS)

Fields = dict[str, Any]  # a field's name → its type


class Pattern(msgspec.Struct, frozen=True):
    """A kind of event, and conditions on its fields."""

    kind: str
    name: str
    fields: tuple[tuple[str, Wanted], ...] = ()

    def fits(self, event: Event) -> bool:
        """True if an event is of this kind and fulfils the conditions."""
        return self.like(event) and all(wanted.holds(event.fields[name]) for name, wanted in self.fields)

    def like(self, event: Event) -> bool:
        """True if an event is of this kind; its fields do not count."""
        return event.kind == self.kind and event.name == self.name

    def __str__(self) -> str:
        said = [str(wanted) if not self.name else f"{name} {wanted}" for name, wanted in self.fields]
        return " ".join([f"{self.kind} {self.name}".strip(), *said])


class Moment(msgspec.Struct, frozen=True):
    """The first event of a pattern, or the first after another moment."""

    pattern: Pattern
    after: Moment | None = None

    def find(self, events: Sequence[Event], start: int = 0) -> int | None:
        """Return the index of that event, from `start` on; None if it has not come."""
        if self.after is not None:
            index = self.after.find(events, start)
            if index is None:
                return None
            start = index + 1
        return next((at for at in range(start, len(events)) if self.pattern.fits(events[at])), None)

    def __str__(self) -> str:
        return f"{self.pattern} after {self.after}" if self.after else str(self.pattern)


def _kinds(of: type[Any]) -> dict[str, type[Any]]:
    kinds = (each for each in vars(frames).values() if isinstance(each, type) and issubclass(each, of))
    return {each.__name__: each for each in kinds if each is not of and each not in UNWATCHED}


_FRAMES: dict[str, dict[str, type[Any]]] = {"frame": _kinds(Frame), "control": _kinds(Control)}


def split(node: Mapping, times: Collection[str]) -> tuple[list[Entry], dict[str, Entry]]:
    """Split the entries of a node into those of the pattern, its kind first, and those named in `times`, by key."""
    first, *more = node.entries
    when = {key.text: (key, value) for key, value in more if key.text in times}
    return [first, *(each for each in more if each[0].text not in times)], when


def read_moment(node: Node, reader: Reader, times: Collection[str] = ()) -> tuple[Any, dict[str, Entry]]:
    """Return the Moment of an `after` and the entries of `times` in it; BROKEN, with faults noted, if unreadable."""
    if not isinstance(node, Mapping) or not node.entries:
        return reader.unfit(node.at, "after", "an event, e.g. {frame: Transcript}", reader.got_node(node)), {}
    entries, when = split(node, ("after", *times))
    inner = when.pop("after", None)
    pattern = read_pattern(entries, reader)
    after = read_moment(inner[1], reader)[0] if inner is not None else None
    return (BROKEN if BROKEN in (pattern, after) else Moment(pattern, after)), when


def read_pattern(entries: Sequence[Entry], reader: Reader) -> Any:
    """Return the Pattern of these entries; BROKEN, with a fault noted, if it cannot be read."""
    (key, value), *more = entries
    if key.text in WORDS:
        wanted = read_text(value, reader, key.text)
        fields: Fields = {}
        made = [("text", wanted)]
        name = ""
    elif key.text in KINDS:
        name = reader.read(value, str, key.text)
        if name is BROKEN or (known := _fields(key.text, name, value.at, reader)) is None:
            return BROKEN
        fields, made = known, []
    else:
        reader.findings.fault(key.at, f"`{key.text}` is no event", did_you_mean(key.text, KINDS) or _known(KINDS))
        return BROKEN
    made += [(each.text, _wanted(each, node, fields, name or key.text, reader)) for each, node in more]
    return BROKEN if any(it is BROKEN for _, it in made) else Pattern(key.text, name, tuple(made))


def _fields(kind: str, name: str, at: Place, reader: Reader) -> Fields | None:
    """Return the fields of an event that can have conditions; None, with a fault noted, if there is no such event."""
    if kind == "message":
        if name not in MESSAGES:
            reader.findings.fault(at, f"`{name}` is no message to Twilio", _known(MESSAGES))
        return MESSAGES.get(name)
    if (found := _FRAMES[kind].get(name)) is None:
        other = "control" if kind == "frame" else "frame"
        known = _FRAMES[kind]
        hint = f"it is a {other}: write `{other}: {name}`" if name in _FRAMES[other] else did_you_mean(name, known)
        reader.findings.fault(at, f"there is no {kind} `{name}`", hint or _known(known))
        return None
    hints = {name: str if _is_word(hint) else hint for name, hint in get_type_hints(found).items()}
    return {name: hints[name] for name in found.__struct_fields__ if hints[name] in (str, int, float, bool)}


def _is_word(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Word)


def _wanted(key: Scalar, node: Node, fields: Fields, name: str, reader: Reader) -> Any:
    kind = fields.get(key.text)
    if kind is None:
        known = list(fields)
        hint = did_you_mean(key.text, known) or (f"it has {_known(known)}" if known else "it has none to ask about")
        reader.findings.fault(key.at, f"`{name}` has no field `{key.text}`", hint)
        return BROKEN
    if kind is str:
        return read_text(node, reader, key.text)
    if kind is bool:
        value = reader.read(node, bool, key.text)
        return BROKEN if value is BROKEN else Exactly(value)
    unit: Unit = "count" if kind is int else "number" if key.text == "confidence" else "seconds"
    return read_bound(node, reader, key.text, unit)


def _known(names: Collection[str]) -> str:
    return ", ".join(f"`{each}`" for each in names)
