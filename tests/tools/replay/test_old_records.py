"""Records that an earlier version of Kav kept: they are read and replayed as they were."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import pytest

from pipeline.config import load
from pipeline.records.reader import Recording
from pipeline.records.timeline import timeline
from pipeline.tools.replay.player import replay

RECORDS = Path(__file__).parents[2] / "data/records"
CALLS = {
    "demo_en": [("hello i am looking for an apartment", None), (None, "Gladly. How")],
    "maximus_he": [("שלום, אני מחפש דירה לקנייה", None)],
}


@pytest.mark.parametrize("name", sorted(CALLS))
def test_an_old_record_is_the_same_call(tmp_path: Path, name: str) -> None:
    """With the config that is in it, each replays to the same events, and has the same turns in it."""
    folder = shutil.copytree(RECORDS / name, tmp_path / name)
    (folder / "wire.jsonl").write_bytes(gzip.decompress((folder / "wire.jsonl.gz").read_bytes()))
    recording = Recording.load(folder)
    replayed = replay(recording, load(recording.config))
    assert replayed.same, replayed.astray
    assert not replayed.guesses
    for events in (recording.events, replayed.events):
        assert [(turn.text, turn.heard) for turn in timeline(events).turns] == CALLS[name]
