"""Values arrive as the types that Settings declare, or say what they should have been."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import load
from tests.kit.configs import GOOD, Write, faults, step, with_thing


def test_a_good_config_is_read_whole(write: Write) -> None:
    """Every value arrives as the type that its field declares, defaults included."""
    config = load(write(GOOD), env={"VAD_RMS": "260"})
    assert (config.name, config.language, config.numbers, config.log_words) == (
        "demo",
        "he-IL",
        ("+15551234567",),
        False,
    )
    assert (config.server.max_calls, config.server.drain, config.server.max_call) == (5, 600.0, 1800.0)
    assert (config.record.folder, config.record.sound, config.record.max_minutes) == (
        str(Path.cwd() / "calls"),
        "mulaw",
        30,
    )
    assert step("vad.energy", config).rms == 260
    assert (step("end_of_utterance", config).min_silence, step("end_of_utterance", config).hangover) == (0.48, 0.14)
    assert [(each.word, each.file, each.line, each.column) for each in config.steps][:2] == [
        ("twilio_serializer", "x.yaml", 5, 5),
        ("vad.energy", "x.yaml", 6, 5),
    ]
    assert config.steps[0].where == "x.yaml:5"


@pytest.mark.fault("A6")
def test_a_plugin_needs_leave(thing: None, write: Write) -> None:
    """A package that `plugins` does not name is not imported."""
    text = with_thing("whole: 1").replace("plugins: [gizmo]\n", "")
    assert faults(write(text)) == [
        "x.yaml:3:5 no processor `gizmo.thing` | one of your own? list its package: `plugins: [gizmo]`"
    ]
