"""A handler whose frame or control can never come is a fault at its step."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import load
from tests.kit.chain import WHOLE, chain
from tests.kit.configs import Write, faults

TAP = '''
from pipeline import frames
from pipeline.frames import *
from pipeline.processor import Processor, on

class Coin(frames.Frame, frozen=True):
    pass

class LongUtterance(frames.Utterance, frozen=True):
    pass

class Tap(Processor):
    """Does nothing."""
    {body}

    @on({taken})
    def note(self, frame):
        self.push(frame)
'''


TILL = """\
from kav import Dialogue
from kav.frames import StopReply

class Till(Dialogue):
    gives = (*Dialogue.gives, StopReply)

    async def answer(self, history):
        yield "Thank you."
"""


def tapped(write: Write, below: str, taken: str, body: str = "", plugin: str = TAP) -> list[str]:
    """The faults of a whole chain with a step below the one that begins so, which takes these classes."""
    path = write("plugins: [tap.py]\n" + WHOLE)
    (path.parent / "tap.py").write_text(plugin.format(taken=taken, body=body), encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    at = next(line for line in reversed(text.splitlines()) if line.startswith(f"  - {below}"))
    path.write_text(text.replace(f"{at}\n", f"{at}\n  - tap\n"), encoding="utf-8")
    return faults(path)


NEED = "if it need not come, name it in the class's `optional`"


@pytest.mark.fault("A9")
@pytest.mark.parametrize(
    ("below", "taken", "missing", "hint"),
    [
        ("asr", "Transcript, Utterance", "Utterance", "`asr.script` on line 8 holds Utterance: put this step above it"),
        ("pacer", "Media, AudioOut", "AudioOut", "`pacer` on line 13 holds AudioOut: put this step above it"),
        ("twilio_serializer", "AudioIn, Transcript", "Transcript", "`asr.script` on line 9 gives it: put this step"),
        ("pacer", "Media, Interrupt", "Interrupt", "controls travel up, and `pacer` on line 13 raises it: put this st"),
        ("pacer", "Media, Control", "Control", "controls travel up, and `pacer` on line 13 raises it: put this step a"),
        ("vad", "AudioIn, Coin", "Coin", "no step of this chain gives it"),
        ("vad", "AudioIn, WireMessage", "WireMessage", "`twilio_serializer` on line 3 holds WireMessage: put this"),
        ("end_of_utterance", "Utterance, LongUtterance", "LongUtterance", "no step of this chain gives it"),
    ],
)
def test_a_handler_that_waits_in_vain_is_a_fault(write: Write, below: str, taken: str, missing: str, hint: str) -> None:
    """Held above, given below only, raised above only, or given by no step: one fault that names the way out."""
    (found,) = tapped(write, below, taken)
    assert f"`tap` takes {missing}, which does not get here | {hint}" in found
    assert found.endswith(NEED)


@pytest.mark.parametrize(
    ("below", "taken", "body"),
    [
        ("asr", "Transcript, Utterance", "optional = (Utterance,)"),
        ("pacer", "Media, Interrupt", "optional = (Interrupt,)"),
        ("twilio_serializer", "Dtmf, CallStarted, CallEnded, Interrupt, Clear, AgentSpeaking", ""),
        ("twilio_serializer", "Frame", ""),
        ("pacer", "Frame", ""),
        ("vad", "Frame, Control", ""),
        ("vad", "CallEnded", ""),
        ("vad", "Interrupt", ""),
        ("twilio_serializer", "AgentSpeaking", ""),
        ("pacer", "MarkPlayed, AudioOut", "optional = (AudioOut,)"),
        ("asr", "Utterance", "optional = (Utterance,)"),
    ],
)
def test_a_frame_that_comes_or_need_not_is_none(write: Write, below: str, taken: str, body: str) -> None:
    """A class declared `optional`, a base class of one that comes, a frame from the line, the end of the call."""
    assert tapped(write, below, taken, body) == []


def test_a_frame_of_ones_own_comes_from_the_step_that_gives_it(write: Write) -> None:
    """A class that derives from the one taken will do; one that a step above holds by its base class will not."""
    giver = TAP.replace("class Tap(", 'class _Base(Processor):\n    """Gives."""\n\n\nclass Tap(')
    own = "gives = (LongUtterance,)"
    assert tapped(write, "end_of_utterance", "Utterance", own, giver) == []
    path = write("plugins: [tap.py, give.py]\n" + WHOLE.replace("  - greeting\n", "  - give\n  - greeting\n  - tap\n"))
    (path.parent / "give.py").write_text(
        TAP.replace("Tap", "Give").format(taken="Utterance", body="gives = (Interrupt, SpeechStopped)"),
        encoding="utf-8",
    )
    (path.parent / "tap.py").write_text(TAP.format(taken="Utterance", body=""), encoding="utf-8")
    assert faults(path) == []


def test_every_step_that_waits_in_vain_is_told_of(write: Write) -> None:
    """In one go, each frame by itself."""
    (write("").parent / "tap.py").write_text(TAP.format(taken="Media, Clear, AudioIn, ReplyText", body=""), "utf-8")
    found = faults(write(f"plugins: [tap.py]\n{chain(pacer=('pacer', 'tap'))}"))
    assert [each.partition("takes ")[2].partition(",")[0] for each in found] == ["Clear", "ReplyText"]


def test_steps_that_make_nothing_are_told_of_together(write: Write) -> None:
    """Each of three that stand too high, as none is needed by another."""
    kinds = {"one": "ReplyText", "two": "AudioOut", "three": "Media"}
    for name, kind in kinds.items():
        (write("").parent / f"{name}.py").write_text(TAP.format(taken=kind, body=""), "utf-8")
    found = faults(write(f"plugins: [one.py, two.py, three.py]\n{chain(vad=('vad.energy', *kinds))}"))
    assert [each.partition("takes ")[2].partition(",")[0] for each in found] == list(kinds.values())
    assert all("gives it: put this step below that" in each for each in found)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("def begin(self): self.later(60, print)", []),
        ("def close(self): print()", []),
        ("async def after_call(self, call): print(call)", []),
        ("def helps(self): print()", ["`lazy` does nothing: its class has no handler | give it an `@on(…)`"]),
    ],
)
def test_a_step_needs_no_frame_if_it_has_other_work(write: Write, method: str, expected: list[str]) -> None:
    """Methods that are called without a frame are work; a class without any is a fault."""
    (write("").parent / "lazy.py").write_text(
        f"from kav import Processor\n\nclass Lazy(Processor):\n    {method}\n", "utf-8"
    )
    found = faults(write(f"plugins: [lazy.py]\n{chain(vad=('vad.energy', 'lazy'))}"))
    assert [each[each.index("`") :] for each in found] == expected


def test_a_model_of_ones_own_has_to_hold_its_question(write: Write) -> None:
    """A class that takes the transcript and does not hold it is named, with what to write."""
    (write("").parent / "own.py").write_text(TAP.format(taken="Transcript", body="gives = (ReplyText,)"), "utf-8")
    (found,) = faults(write(f"plugins: [own.py]\n{chain(llm='own')}"))
    assert "`own` takes Transcript: if it uses it up, name it in its `holds`" in found


def test_a_fallback_counts_as_a_maker_and_is_given_nothing(write: Write) -> None:
    """A control that only a fallback raises rises to the steps above its place."""
    with_till = "llm.openai: {model: x, key: '${K:-y}', fallback: [llm.till]}"
    folder = write("").parent
    (folder / "tap.py").write_text(TAP.format(taken="Transcript, StopReply", body=""), "utf-8")
    (folder / "llm").mkdir()
    (folder / "llm" / "till.py").write_text(TILL, "utf-8")
    asr, head = ("asr.script: {say: [hello]}", "tap"), "plugins: [tap.py, llm/till.py]\n"
    assert faults(write(chain(head, asr=asr, llm=with_till))) == []
    (found,) = faults(write(chain(head, asr=asr)))
    assert "`tap` takes StopReply, which does not get here" in found


def test_no_shipped_config_waits_in_vain() -> None:
    """Each of them loads."""
    folder = Path(__file__).parents[2] / "configs"
    found = [each for each in sorted(folder.glob("*.yaml")) if not each.name.endswith(".test.yaml")]
    assert found and all(load(each, env={}).steps for each in found)
