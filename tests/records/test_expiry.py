"""Records older than `keep` are removed, and nothing else is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.config import RecordSettings
from pipeline.records.expiry import expire
from tests.kit.kept_calls import NOW, content, kept_call

DAY = 86400.0


def test_only_old_calls_are_removed(tmp_path: Path, log: list[str]) -> None:
    """With the folder of a day that has no call left; the log says how many."""
    for number, days in enumerate((0, 29, 31, 31, 400)):
        kept_call(tmp_path, number, timedelta(days=days))
    assert expire([RecordSettings(folder=str(tmp_path), keep=30 * DAY)], NOW.timestamp()) == 3
    assert len(content(tmp_path)) == 2 * 4
    (line,) = log
    assert line == f"RECORDS removed 3 calls older than 30d from {tmp_path}"
    assert expire([RecordSettings(folder=str(tmp_path), keep=30 * DAY)], NOW.timestamp()) == 0 and len(log) == 1


def test_nothing_but_records_is_touched(tmp_path: Path) -> None:
    """Other files, other folders, folders that only look like calls, and links, however old."""
    old = kept_call(tmp_path / "elsewhere", 1, timedelta(days=99))
    day = tmp_path / "2026-01-01"
    for name in ("CA1", f"CA{'f' * 32}", "notes"):
        (day / name).mkdir(parents=True)
        (day / name / "mine.txt").touch()
    (day / "CA1/events.jsonl").touch()
    (day / f"CA{'a' * 32}").symlink_to(old)
    (tmp_path / "2026-01-02").symlink_to(old.parent)
    before = content(tmp_path)
    assert expire([RecordSettings(folder=str(tmp_path), keep=DAY)], NOW.timestamp()) == 0
    assert content(tmp_path) == before


def test_a_call_that_goes_on_stays(tmp_path: Path) -> None:
    """However long it has lasted."""
    going = kept_call(tmp_path, 1, timedelta(hours=2), ended=False)
    (going / "events.jsonl").touch()
    changed = (going / "events.jsonl").stat().st_mtime
    settings = [RecordSettings(folder=str(tmp_path), keep=3600.0)]
    assert expire(settings, changed + 60) == 0 and going.exists()
    assert expire(settings, changed + 600 + 3600) == 1


@pytest.mark.parametrize("other", [None, 60 * DAY])
def test_configs_that_share_a_folder_keep_the_longer_time(tmp_path: Path, other: float | None) -> None:
    """A folder does not say which config a call belongs to."""
    kept_call(tmp_path, 1, timedelta(days=31))
    both = [RecordSettings(folder=str(tmp_path), keep=30 * DAY), RecordSettings(folder=str(tmp_path), keep=other)]
    assert expire(both, NOW.timestamp()) == 0


def test_a_folder_that_is_not_there_yet_is_no_fault(tmp_path: Path) -> None:
    """A server starts before its first call."""
    assert expire([RecordSettings(folder=str(tmp_path / "none"), keep=DAY), RecordSettings()], NOW.timestamp()) == 0
