"""The folders of a server's records: days, calls, and nothing behind a link."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.records.days import calls_of, days, is_whole, record_of
from tests.kit.kept_calls import call_sid, kept_call


def test_the_newest_day_comes_first(tmp_path: Path) -> None:
    """Other folders, and links to days, are none."""
    kept_call(tmp_path, 1, ago=timedelta(days=1))
    folder = kept_call(tmp_path, 2)
    (tmp_path / "notes").mkdir()
    (tmp_path / "2026-11-30").symlink_to(folder.parent)
    assert [it.name for it in days(tmp_path)] == ["2026-11-22", "2026-11-21"]
    assert calls_of(folder.parent) == [folder]
    assert days(tmp_path / "none") == []


def test_a_record_is_found_by_its_sid_the_newest_first(tmp_path: Path) -> None:
    """Twilio gives a sid once, but a folder may have been copied."""
    kept_call(tmp_path, 1, ago=timedelta(days=1))
    newest = kept_call(tmp_path, 1)
    assert record_of(tmp_path, call_sid(1)) == newest
    assert record_of(tmp_path, call_sid(2)) is None


@pytest.mark.parametrize("name", ["..", "", "CA1", "../2026-11-22/" + call_sid(1), call_sid(1) + "/../" + call_sid(1)])
def test_no_path_is_a_sid(tmp_path: Path, name: str) -> None:
    """Such a text comes from the network."""
    kept_call(tmp_path, 1)
    assert record_of(tmp_path, name) is None


@pytest.mark.parametrize("name", ["call.json", "config.yaml", "events.jsonl", "audio.wav", "wire.jsonl.gz"])
def test_a_record_with_a_link_in_it_is_none(tmp_path: Path, name: str) -> None:
    """It could lead to any file of the machine."""
    folder = kept_call(tmp_path / "calls")
    elsewhere = tmp_path / "secret"
    elsewhere.write_bytes((folder / name).read_bytes() if (folder / name).exists() else b"")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(elsewhere)
    assert not is_whole(folder) and record_of(tmp_path / "calls", folder.name) is None


def test_a_linked_call_is_none(tmp_path: Path) -> None:
    """Neither by its name nor in the list of its day."""
    folder = kept_call(tmp_path / "calls")
    moved = folder.rename(tmp_path / folder.name)
    folder.symlink_to(moved)
    assert calls_of(folder.parent) == [] and record_of(tmp_path / "calls", folder.name) is None
