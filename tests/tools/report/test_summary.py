"""A call summed up from its record."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.records.reader import Event
from pipeline.tools.report.page import page
from pipeline.tools.report.record import CallRecord, read
from pipeline.tools.report.summary import CallSummary, stages, summarise
from tests.kit.pages_of_calls import HEBREW, HOSTILE, parsed


def test_a_call_is_told_as_it_was(record: Path) -> None:
    """Its turns with every stage, what was heard of each answer, and the interruption."""
    summary = summarise(read(record))
    assert [turn.text for turn in summary.turns] == [HEBREW, HOSTILE]
    first, second = summary.replies
    assert first.cut and not second.cut and second.heard == "Short."
    assert f"{first.heard} {first.unheard}".strip() == "A long answer that nobody hears to its end."
    for turn in summary.turns:
        assert [name for name, *_ in stages(turn)] == ["endpointing", "recognition", "model", "voice and breath"]
        assert turn.started < turn.ended < turn.audio_at
    assert len(summary.clears) == 3 and summary.cause == "stop" and not summary.faults


def test_a_record_that_breaks_off_is_shown_as_far_as_it_goes(record: Path, tmp_path: Path) -> None:
    """The server died: half a line at the end, no sound, no cause."""
    folder = tmp_path / "CA0"
    folder.mkdir()
    data = (record / "events.jsonl").read_bytes()
    (folder / "events.jsonl").write_bytes(data[: len(data) // 2])
    cut = read(folder)
    html = page(cut, summarise(cut))
    assert parsed(html) and "the record breaks off" in html and "has no sound" in html


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b'{"at": 1}\n', b"[1]\n", b'{"at":1,"what":"Transcript","frame":{}}\n']
)
def test_odd_events_are_passed_over(tmp_path: Path, content: bytes) -> None:
    """What cannot be read is left out."""
    (tmp_path / "events.jsonl").write_bytes(content)
    assert parsed(page(read(tmp_path), summarise(read(tmp_path))))


def test_faults_are_listed() -> None:
    """With their times, in words."""
    events = [
        Event(1.0, 0, "provider_failed", {"provider": "asr.google", "error": "PermissionDenied"}),
        Event(2.0, 0, "fault", {"step": "Shout (my.yaml:9)", "error": "<b>"}),
    ]
    record = CallRecord(folder=Path("x"), events=events, caller=b"", agent=b"", about={"config": "demo", "hash": "abc"})
    assert summarise(record).faults == [(1.0, "asr.google failed: PermissionDenied"), (2.0, "<b> in Shout (my.yaml:9)")]
    assert "&lt;b&gt; in Shout" in page(record, CallSummary(faults=summarise(record).faults))
    assert "demo" in page(record, CallSummary())
