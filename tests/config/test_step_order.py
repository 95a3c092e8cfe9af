"""Whether the steps of a pipeline fit each other; FAULTS A9."""

from __future__ import annotations

import pytest

from tests.kit.configs import GOOD, Write, faults


@pytest.mark.fault("A9")
@pytest.mark.parametrize(
    ("without", "line", "blamed", "hint"),
    [
        ("twilio_serializer", 5, "vad.energy", "above it, put `twilio_serializer`"),
        ("vad.energy", 6, "end_of_utterance", "above it, put `vad.energy`"),
        ("end_of_utterance", 7, "dedup", "above it, put `end_of_utterance`"),
        ("asr.script", 10, "llm.script", "above it, put `asr."),
        ("llm.script", 11, "tts.tone", "`llm.script`"),
        ("tts.tone", 12, "pacer", "above it, put `tts."),
        ("pacer", 13, "twilio_sink", "above it, put `pacer`"),
        ("twilio_sink", 13, "pacer", "below it, put `twilio_sink`"),
    ],
)
def test_a_chain_with_a_step_missing_is_refused_at_the_first_gap(
    write: Write, without: str, line: int, blamed: str, hint: str
) -> None:
    """Whichever step is forgotten, one fault names the place and who would fill it."""
    text = GOOD.replace("  - llm.script:\n      say: [hi there]", "  - llm.script: {say: [hi there]}")
    found = faults(write("\n".join(each for each in text.splitlines() if not each.startswith(f"  - {without}"))))
    assert len(found) == 1
    assert found[0].startswith(f"x.yaml:{line}:5 ")
    assert f"`{blamed}`" in found[0]
    assert hint in found[0].partition(" | ")[2]


@pytest.mark.fault("A9")
def test_steps_in_the_wrong_order_say_what_to_move(write: Write) -> None:
    """The one that stands too low is named."""
    text = GOOD.replace("  - pacer\n", "").replace("  - tts.tone", "  - pacer\n  - tts.tone")
    found = faults(write(text))
    assert len(found) == 1
    assert found[0].startswith("x.yaml:13:5 `pacer` takes ")
    assert found[0].endswith(", which does not get here | move `tts.tone` above it")


@pytest.mark.fault("A9")
@pytest.mark.parametrize("last", range(1, 10))
def test_a_chain_that_ends_early_is_refused(write: Write, last: int) -> None:
    """Wherever it is cut, something that it makes reaches nobody."""
    text = GOOD.replace("  - llm.script:\n      say: [hi there]", "  - llm.script: {say: [hi there]}")
    lines = [line for line in text.splitlines() if line.startswith("  - ")]
    assert len(faults(write("pipeline:\n" + "\n".join(lines[:last]) + "\n"))) == 1


def test_a_word_that_is_wrong_breaks_no_link(write: Write) -> None:
    """As long as a step is unknown, nobody is told that its neighbours do not fit."""
    assert len(faults(write(GOOD.replace("asr.script:", "asr.scrip:")))) == 1


def test_a_pipeline_has_at_most_64_steps(write: Write) -> None:
    """The sixty-fifth is refused, and nothing else is looked at."""
    text = "pipeline:\n" + "  - dedup\n" * 65
    assert faults(write(text)) == ["x.yaml:66:5 the pipeline has more than 64 steps"]
