"""A `drop` that breaks the chain is blamed for it."""

from __future__ import annotations

import pytest

from tests.kit.configs import GOOD, Write, faults


@pytest.mark.parametrize(
    ("dropped", "text"),
    [
        ("twilio_serializer", "`vad.energy` takes AudioIn, which does not get here (base.yaml:6)"),
        ("vad", "`end_of_utterance` needs `vad` above it (base.yaml:7)"),
        ("asr", "`llm.script` takes Transcript, which does not get here (base.yaml:11)"),
        ("tts", "`pacer` takes AudioEnded, AudioOut, which does not get here (base.yaml:14)"),
        ("twilio_sink", "nothing below `pacer` takes what it gives: AudioEnded, Mark, Media (base.yaml:14)"),
    ],
)
def test_the_fault_stands_at_the_drop(write: Write, dropped: str, text: str) -> None:
    """With the step that now has nothing to do, in the file that has it."""
    base = GOOD.replace("dedup: {window: 14s}", "dedup").replace("  - dedup\n", "")
    base = base.replace("  - asr", "\n\n  - asr")
    (found,) = faults(write(f"extends: base.yaml\ndrop: [{dropped}]\n", base=base))
    word = {"vad": "vad.energy", "asr": "asr.script", "tts": "tts.tone"}.get(dropped, dropped)
    assert found.startswith(f"x.yaml:2:8 without `{word}`, {text}")


def test_of_several_drops_the_one_that_breaks_it_is_blamed(write: Write) -> None:
    """In whichever layer it stands; one that harms nothing is left alone."""
    middle = "extends: base.yaml\ndrop: ['dedup[2]', asr]\n"
    (found,) = faults(write("extends: middle.yaml\ndrop: [dedup]\n", base=GOOD, middle=middle))
    assert found.startswith("middle.yaml:2:20 without `asr.script`, ")


def test_another_fault_stays_where_it_is(write: Write) -> None:
    """A step that was inserted in a wrong place is not the fault of a drop."""
    text = "extends: base.yaml\ndrop: ['dedup[2]']\ninsert: {after: llm, steps: [pacer]}\n"
    (found,) = faults(write(text, base=GOOD))
    assert found.startswith("x.yaml:3:30 `pacer` takes ")
