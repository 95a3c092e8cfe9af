"""The caller's script: a YAML list of actions on the phone.

    - wait_reply: 10s                 # until the greeting has begun and ended
    - say: three rooms, please
    - interrupt_after: {seconds: 0.8s, wav: wait.wav}
    - wait_reply
    - wait_quiet: 2s                  # until the agent has said nothing for so long: a tool may be at work
    - answer: In which city?          # a stand-in for the model answers this to the words before
    - say: Haifa
    - answer: {use: find_listings, with: {city: Haifa}}   # it asks for a tool, and has the next answer for the result
    - answer: There are two.
    - dtmf: "1234#"                   # keys, one after the other
    - transfer: busy                  # until the agent hands the call over; the line of the person is busy
    - hang_up

Paths are relative to the script's file. When the script is over, the caller hangs up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import msgspec

from pipeline import audio
from pipeline.config.findings import Findings
from pipeline.config.layers import has_words
from pipeline.config.reading import Reader
from pipeline.config.values import BROKEN
from pipeline.config.yaml.nodes import Broken, Mapping, Node, Scalar, Sequence
from pipeline.config.yaml.tree import read_file
from pipeline.environment.variables import process_environment
from pipeline.faults import ConfigError, Fault, Place, did_you_mean, nearest
from pipeline.installation import command
from pipeline.settings import Duration, FilePath
from pipeline.vocabulary import HandoverOutcome

EVERY = 0.15  # seconds from one key to the next
OUTCOMES = {str(each): each for each in HandoverOutcome}
PATIENCE = 30.0  # seconds that a caller waits for the agent by default


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a script; `at` is its place in the file."""

    at: Place = Place("script")


class Wait(Action, frozen=True):
    """Send silence for so many seconds."""

    seconds: float


class Pcm(Action, frozen=True):
    """Send a sound, 16-bit PCM at 8 kHz; `words` is its name in tables."""

    pcm: bytes
    words: str = ""


class Wav(Action, frozen=True):
    """Send the sound of a WAV file; `prepare` turns it into `Pcm`."""

    path: Path


class Say(Action, frozen=True):
    """Speak a text with the voice that is given to `prepare`, which turns it into `Pcm`."""

    text: str


class WaitReply(Action, frozen=True):
    """Wait until the agent has begun and ended its answer; the call fails after `timeout` seconds for both."""

    timeout: float = PATIENCE


class WaitAudio(Action, frozen=True):
    """Wait until the agent has begun its answer; the call fails after `timeout` seconds."""

    timeout: float = PATIENCE


class WaitQuiet(Action, frozen=True):
    """Wait until the agent has said nothing for so many seconds: a pause while a tool is at work is no end."""

    seconds: float


class InterruptAfter(Action, frozen=True):
    """Speak over the agent, `seconds` after its answer began; the call fails if none begins in `timeout` seconds."""

    seconds: float
    speech: Action  # Pcm, Wav or Say
    timeout: float = PATIENCE


class Answer(Action, frozen=True):
    """The answer of a stand-in for the model to the words before; no action of the caller, and dropped by `prepare`."""

    text: str


class AskFor(Answer, frozen=True):
    """An answer that asks for tools: their names and arguments, behind the text."""

    uses: tuple[tuple[str, dict[str, Any]], ...] = ()


class Dtmf(Action, frozen=True):
    """Press keys, each one of 0-9 * # A-D, one after the other, 150 ms apart (EVERY)."""

    digits: str


class Transfer(Action, frozen=True):
    """Wait for the transfer to a person, who is reached or not; the script goes on once the agent is back.

    The call fails without a transfer in `timeout` seconds. It rings for `after` seconds, by default one; a person who
    does not answer is rung as long as the TwiML says.
    """

    outcome: HandoverOutcome
    after: float | None = None
    timeout: float = PATIENCE


class HangUp(Action, frozen=True):
    """End the call."""


Pressed = Annotated[
    str, msgspec.Meta(pattern=r"^[0-9*#A-D]{1,100}$", extra={"kind": "keys", "looks": 'keys, e.g. 5 or "1234#"'})
]
Voice = Callable[[str], bytes]  # words → 16-bit PCM at 8 kHz


Script = Iterable[Action]


def load(path: str | Path) -> tuple[Action, ...]:
    """Read the script in a YAML file.

    Raises ConfigError with all faults of the file.
    """
    path, findings = Path(path), Findings()
    node = read_file(path, str(path), findings)
    script = read_top(node, Reader(findings, process_environment(), path.parent)) if node is not None else ()
    if findings.faults:
        raise ConfigError(findings.faults, findings.lines)
    return script


def read_top(node: Node, reader: Reader) -> tuple[Action, ...]:
    """Read the script that a whole file is; a list without any step of a script is one fault, not one for each item."""
    if isinstance(node, Sequence) and (has_words(node) or not any(nearest(_head(item), KNOWN) for item in node.items)):
        text = "is read as a caller's script, because its top is a list, and has no step of one"
        hint = "a config has `pipeline:` above its steps" if has_words(node) else ""
        reader.findings.fault(Place(node.at.file), text, hint or "a step is one of " + ", ".join(KNOWN))
        return ()
    return read(node, reader)


def read(node: Node, reader: Reader) -> tuple[Action, ...]:
    """Read the script in a node of any YAML file, without its faulty steps; faults go to the reader's findings."""
    if isinstance(node, Sequence):
        return tuple(action for item in node.items if (action := _step(item, reader)) is not None)
    if not isinstance(node, Broken):
        keys = {key.text for key, _ in node.entries} if isinstance(node, Mapping) else set()
        hint = next((text for key, text in _OTHERS.items() if key in keys), "begin each step with `- `")
        reader.findings.fault(node.at, "a script is a list of steps", hint)
    return ()


def words(script: Script) -> list[str]:
    """Return the texts of a script that need a voice."""
    speeches = (action.speech if isinstance(action, InterruptAfter) else action for action in script)
    return [speech.text for speech in speeches if isinstance(speech, Say)]


def prepare(script: Script, voice: Voice | None = None) -> tuple[Action, ...]:
    """Return the script with all sounds ready: WAV files read, texts spoken by the voice.

    Raises ConfigError if a file cannot be read, or if there is a text and no voice.
    """
    return tuple(_ready(action, voice) for action in script if not isinstance(action, Answer))


def _ready(action: Action, voice: Voice | None) -> Action:
    match action:
        case InterruptAfter(seconds=after, speech=speech, timeout=timeout):
            return InterruptAfter(after, _ready(speech, voice), timeout, at=action.at)
        case Wav(path=path):
            return Pcm(_sound(action, path), path.stem, at=action.at)
        case Say(text=text):
            if voice is None:
                _refuse(action, "there is no voice to say this with", "use `wav:` instead")
            return Pcm(voice(text), text, at=action.at)
    return action


def _sound(action: Action, path: Path) -> bytes:
    try:
        return audio.read_wav(path)
    except OSError as error:
        _refuse(action, f"{path} cannot be read: {error.strerror}")
    except ValueError as error:
        _refuse(action, str(error))


def _refuse(action: Action, text: str, hint: str = "") -> NoReturn:
    at = action.at
    raise ConfigError([Fault(at.file, at.line, at.column, text, hint, at.width)])


class _Interruption(msgspec.Struct, frozen=True, kw_only=True):
    seconds: Duration
    wav: FilePath | None = None
    say: str | None = None
    timeout: Duration = PATIENCE

    def faults(self) -> Iterable[tuple[str, str]]:
        """Yield a fault unless exactly one of `wav` and `say` is set."""
        if (self.wav is None) == (self.say is None):
            yield "", "`interrupt_after` needs one of `wav` and `say`"


def _interrupt(how: _Interruption, at: Place) -> InterruptAfter:
    speech = Wav(how.wav, at=at) if how.wav is not None else Say(how.say or "", at=at)
    return InterruptAfter(how.seconds, speech, how.timeout, at=at)


_Use = dict[str, Any]


def _answer(value: str | _Use | list[str | _Use], at: Place) -> Answer:
    parts = value if isinstance(value, list) else [value]
    uses = [part for part in parts if isinstance(part, dict)]
    for each in uses:
        if not (isinstance(each.get("use"), str) and set(each) <= {"use", "with"}):
            raise ValueError("an answer that asks for a tool is {use: its name, with: {its arguments}}")
    text = " ".join(part for part in parts if isinstance(part, str))
    return (
        AskFor(text, tuple((each["use"], each.get("with") or {}) for each in uses), at=at)
        if uses
        else Answer(text, at=at)
    )


_WORDS: dict[str, tuple[Any, Callable[[Any, Place], Action]]] = {  # a step's word → its value's type, its action
    "wait": (Duration, lambda value, at: Wait(value, at=at)),
    "wav": (FilePath, lambda value, at: Wav(value, at=at)),
    "say": (str, lambda value, at: Say(value, at=at)),
    "wait_reply": (Duration, lambda value, at: WaitReply(value, at=at)),
    "wait_audio": (Duration, lambda value, at: WaitAudio(value, at=at)),
    "wait_quiet": (Duration, lambda value, at: WaitQuiet(value, at=at)),
    "interrupt_after": (_Interruption, _interrupt),
    "answer": (str | _Use | list[str | _Use], _answer),
    "dtmf": (Pressed, lambda value, at: Dtmf(value, at=at)),
    "transfer": (Literal[tuple(OUTCOMES)], lambda value, at: Transfer(OUTCOMES[value], at=at)),
}
_ALONE: dict[str, Callable[..., Action]] = {"wait_reply": WaitReply, "wait_audio": WaitAudio, "hang_up": HangUp}
KNOWN = tuple(dict.fromkeys((*_WORDS, *_ALONE)))  # the words of a script's steps
_OTHERS = {  # a key of another kind of file → a hint to that kind
    "pipeline": f"this is a config: `{command('call CONFIG')}` calls it, and its `caller:` names a script",
    "extends": f"this is a config: `{command('call CONFIG')}` calls it, and its `caller:` names a script",
    "tests": f"this is a file of tests: `{command('test')}` plays them",
}


def _head(node: Node) -> str:
    """Return the word of a step; blank if it has none."""
    head = node.entries[0][0] if isinstance(node, Mapping) and node.entries else node
    return head.text if isinstance(head, Scalar) else ""


def _step(node: Node, reader: Reader) -> Action | None:
    if isinstance(node, Scalar) and node.text in _ALONE:
        return _ALONE[node.text](at=node.at)
    if isinstance(node, Mapping) and len(node.entries) > 1:
        reader.findings.fault(node.entries[1][0].at, "a step does one thing", "begin the next step with `- `")
        return None
    word, value = node.entries[0] if isinstance(node, Mapping) and node.entries else (node, None)
    text = word.text if isinstance(word, Scalar) else ""
    if value is None or text not in _WORDS:
        hint = f"`{text}` needs a value" if text in _WORDS else did_you_mean(text, KNOWN)
        reader.findings.fault(word.at, "is no step of a script", hint or "a step is one of " + ", ".join(KNOWN))
        return None
    kind, action = _WORDS[text]
    made = reader.read(value, kind, text)
    try:
        return action(made, word.at) if made is not BROKEN else None
    except ValueError as error:
        reader.findings.fault(value.at, str(error))
        return None
