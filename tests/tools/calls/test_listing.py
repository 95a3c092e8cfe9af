"""`calls`: the recorded calls, filtered."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from pipeline.faults import UsageError
from pipeline.tools.calls.listing import since
from tests.kit.kept_calls import NOW, THEIRS, call_sid, kept_call
from tests.kit.replays import kav

LISTED = pytest.CaptureFixture[str]


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """Five calls: an hour, a day and two days old, one of somebody else, one broken."""
    kept_call(tmp_path, 1, timedelta(days=2))
    kept_call(tmp_path, 2, timedelta(days=1), faults={"tts_failed": 2})
    kept_call(tmp_path, 3, timedelta(hours=1), cause="no_media")
    kept_call(tmp_path, 4, caller=THEIRS)
    (kept_call(tmp_path, 5) / "call.json").write_text("{")
    return tmp_path


def test_calls_are_listed_the_newest_last(calls: Path, capsys: LISTED) -> None:
    """A line each, with its folder, which other commands take; then how many."""
    assert kav("calls", calls) == 0
    out, err = capsys.readouterr()
    head, *lines, blank, total = out.splitlines()
    assert head.split() == ["when", "number", "seconds", "ended", "turns", "gap", "faults", "call"]
    assert [line.rsplit("CA", 1)[1][-1] for line in lines] == list("12345")[: len(lines)] and blank == ""
    assert "tts_failed 2" in lines[1] and "no_media" in lines[2] and "broken" in lines[4] and "call.json" in lines[4]
    assert total == "calls: 5, faulty: 3, minutes: 1.0" and not err


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (("--faulty",), "235"),
        (("--number", "050-123-4567"), "123"),
        (("--number", "(555) 123 4567"), "4"),
        (("--last", "2"), "45"),
        (("--since", "2026-11-22"), "345"),
        (("--since", "2026-11-22", "--faulty", "--last", "1"), "5"),
    ],
)
def test_filters_go_together(calls: Path, capsys: LISTED, asked: tuple[str, ...], wanted: str) -> None:
    """As JSON, for programs."""
    assert kav("calls", calls, "--json", *asked) == 0
    found = json.loads(capsys.readouterr().out)
    assert [Path(it["folder"]).name for it in found] == [call_sid(int(each)) for each in wanted]
    assert {"began", "caller", "cause", "seconds", "turns", "gap", "faults", "state", "problem"} <= set(found[0])


def test_no_call_and_wrong_use_are_told_apart(calls: Path, capsys: LISTED) -> None:
    """1: none is like that; 2: the filter is wrong."""
    assert kav("calls", calls, "--number", "+4420712345678") == 1
    assert kav("calls", calls, "--number", "dana") == 2
    assert kav("calls", calls, "--since", "soon") == 2
    assert kav("calls", calls, "--since", "") == 2 and kav("calls", calls, "--number", "") == 2
    assert kav("calls", calls, "--last", "-3") == 2 and kav("calls", "") == 2
    assert kav("calls", calls / "nope") == 1
    assert "Traceback" not in capsys.readouterr().err


def test_a_record_of_an_impossible_time_is_listed(calls: Path, capsys: LISTED) -> None:
    """The calendar ends somewhere, and a call has no negative length: neither breaks the list."""
    for number, wrong in ((6, {"began": "0001-01-01T00:00:00+14:00"}), (7, {"summary": {"cause": "x", "seconds": -9}})):
        path = kept_call(calls, number) / "call.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | wrong))
    assert kav("calls", calls, "--since", "999999999d") == 0
    out = capsys.readouterr().out
    assert "calls: 7, faulty: 4" in out and "Expected `float` >= 0" in out


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path, capsys: LISTED) -> None:
    """It may have calls in it; for root, who may read everything, it is empty."""
    (closed := tmp_path / "closed").mkdir(mode=0)
    assert kav("calls", closed) == 1
    assert ("has no record" if os.access(closed, os.R_OK) else "Permission denied") in capsys.readouterr().err


def test_a_time_is_understood_as_it_is_said() -> None:
    """Days begin at midnight on this clock."""
    here = NOW.astimezone(timezone(timedelta(hours=2)))  # 14:00
    assert since("2h", here) == NOW - timedelta(hours=2)
    assert since("30d", here) == NOW - timedelta(days=30)
    assert since("today", here) == datetime(2026, 11, 21, 22, tzinfo=UTC)
    assert since("yesterday", here) == datetime(2026, 11, 20, 22, tzinfo=UTC)
    assert since("2026-11-20", here) == datetime(2026, 11, 19, 22, tzinfo=UTC)
    assert since("2026-11-20T10:00+00:00", here) == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert since("09:30", here) == datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
    for wrong in ("", "tomorrow", "2026-13-01", "3"):
        with pytest.raises(UsageError, match="wants 2h"):
            since(wrong, here)
