"""The facts of recorded calls: quick for those that have ended, and said for those that are broken."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.records.listing import CallState, listed
from tests.kit.kept_calls import kept_call


def test_a_call_that_has_ended_is_read_from_one_file(tmp_path: Path) -> None:
    """Its events may be as long as they like: nothing but their being there counts."""
    folder = kept_call(tmp_path, faults={"fault": 1})
    (folder / "events.jsonl").write_text("no json")
    call = listed(folder)
    assert (call.state, call.summary.seconds, call.summary.faults, call.is_faulty) == (
        CallState.ENDED,
        11.0,
        {"fault": 1},
        True,
    )


def test_a_call_under_way_is_told_from_one_that_was_lost(tmp_path: Path) -> None:
    """By whether its record has grown lately."""
    folder = kept_call(tmp_path, ended=False)
    assert (listed(folder).state, listed(folder).is_faulty) == (CallState.CUT, True)
    os.utime(folder / "events.jsonl")
    assert (listed(folder).state, listed(folder).is_faulty) == (CallState.UNDER_WAY, False)
    assert listed(folder).summary.seconds == 1.5


def test_a_record_of_an_early_version_is_listed(tmp_path: Path) -> None:
    """It has no call.json, or one without a summary."""
    folder = kept_call(tmp_path)
    (folder / "call.json").unlink()
    call = listed(folder)
    assert (call.state, call.summary.cause, call.about.call_sid) == (CallState.ENDED, "stop", folder.name)
    assert call.began is not None


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"format":99}', b'{"format":1,"call_sid":7}', b"\xff"])
def test_a_broken_record_is_said_to_be_one(tmp_path: Path, text: bytes) -> None:
    """With the reason, and what its events still tell."""
    folder = kept_call(tmp_path)
    (folder / "call.json").write_bytes(text)
    call = listed(folder)
    assert call.state is CallState.BROKEN and call.problem and call.is_faulty and call.summary.cause == "stop"


@pytest.mark.parametrize(("cause", "faulty"), [("goodbye", False), ("transferred", False), ("no_media", True)])
def test_an_unusual_end_is_a_fault(tmp_path: Path, cause: str, faulty: bool) -> None:
    """A plug-in's own words are none."""
    assert listed(kept_call(tmp_path, cause=cause)).is_faulty is faulty
