"""Calls that are recorded, and played again."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import cli
from pipeline.config import load
from pipeline.records.reader import Event, Recording, folders
from pipeline.records.timeline import Turn, timeline
from pipeline.testing import voice
from pipeline.tools.replay.player import Replayed, replay

CALLER = [(1.0, voice(0.9)), (2.3, voice(0.9, 350.0)), (7.0, voice(0.6, 400.0))]  # a pause for breath of 0.4 s
CUT_OFF = {
    "end_of_utterance.min_silence": "0.3s",
    "end_of_utterance.short_by": "0s",
    "end_of_utterance.short_floor": "0.1s",
}


def only(folder: Path) -> Recording:
    (found,) = folders(folder)
    return Recording.load(found)


def again(recording: Recording, **changes: object) -> Replayed:
    return replay(recording, load(recording.config, set=changes))


def turns(events: list[Event]) -> list[Turn]:
    return timeline(events).turns


def kav(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main([str(each) for each in arguments])
    return int(ended.value.code or 0)
