"""Frames go down, controls go up."""

from __future__ import annotations

import pytest

from pipeline.frames import (
    AgentSpeaking,
    Clear,
    Control,
    Frame,
    Hangup,
    Interrupt,
    Transcript,
)


@pytest.mark.parametrize("control", [Clear(1), Interrupt(1, "", 0.0), AgentSpeaking(True), Hangup("x")])
def test_controls_and_frames_are_two_things(control: Clear) -> None:
    """A class says its own direction."""
    assert isinstance(control, Control) and not isinstance(control, Frame)
    assert isinstance(Transcript(1, ""), Frame)
