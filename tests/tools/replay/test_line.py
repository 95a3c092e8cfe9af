"""Marks come back when they would have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.config import Config
from pipeline.testing import play, voice
from tests.kit.replays import again, only, turns


def test_marks_come_back_when_they_would_have(agent: Callable[..., Config], tmp_path: Path) -> None:
    """A reply that is spoken at another time is played to its end there, and interrupts nobody."""
    config = agent(["hello", "bye"], ["Good morning to you."], {"tts.ms_per_letter": 20})
    play(config, [(1.0, voice(0.6)), (5.0, voice(0.6, 350.0))], 9.0, keep=tmp_path)
    replayed = again(only(tmp_path), **{"end_of_utterance.min_silence": "1.5s"})
    assert [turn.heard for turn in turns(replayed.events)] == [None, None]
    assert not [it for it in replayed.events if it.what == "refused"]
