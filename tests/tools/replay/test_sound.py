"""The caller's sound of a record, and voice that was judged."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.records.reader import Recording
from tests.kit.replays import again, turns


def test_what_was_judged_is_not_judged_again(cut: Recording, tmp_path: Path) -> None:
    """As long as its vad is the same, a call's voice is what its record says, whatever the sound; and then itself."""
    events = cut.folder / "events.jsonl"
    kept = events.read_text()
    assert "".join(re.findall(r'"frames":"([01]+)"', kept)).count("1") > 100
    events.write_text(re.sub(r'"frames":"([01]+)"', lambda it: f'"frames":"{"0" * len(it[1])}"', kept))
    deaf = Recording.load(cut.folder)
    assert not turns(again(deaf).events)
    assert len(turns(again(deaf, **{"vad.rms": 211}).events)) == 3


def test_a_silent_record_of_a_cut_call_is_not_believed(cut: Recording) -> None:
    """A server that was killed did not tell what it had judged last."""
    events = cut.folder / "events.jsonl"
    kept = [line for line in events.read_text().splitlines() if '"ended"' not in line]
    events.write_text(re.sub(r'"frames":"([01]+)"', '"frames":"0"', "\n".join(kept)))
    assert len(turns(again(Recording.load(cut.folder)).events)) == 3
