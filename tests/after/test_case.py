"""A call's folder is worked on by one process at a time."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pipeline.after.alive import Alive
from pipeline.after.case import Busy, Case, folders
from pipeline.after.files import ENDED, write
from tests.kit.outboxes import ended, put, read


def test_a_locked_folder_is_busy(tmp_path: Path) -> None:
    """Until it is closed; to look at it needs no lock."""
    case = Case(put(tmp_path))
    with pytest.raises(Busy):
        Case(case.path)
    assert Case(case.path, locks=False).ended is not None
    case.close()
    case.close()
    read(case.path)


def test_a_folder_that_has_gone_is_busy(tmp_path: Path) -> None:
    """Another process has put it away."""
    with pytest.raises(Busy):
        Case(tmp_path / "CA1")
    assert folders(tmp_path / "none") == []


def test_a_broken_folder_is_unlocked(tmp_path: Path) -> None:
    """It can be dropped by hand."""
    path = put(tmp_path)
    (path / ENDED).write_bytes(b"{")
    for _ in range(2):
        with pytest.raises(msgspec.DecodeError):
            Case(path)


def test_a_call_for_which_tools_are_at_work_is_under_way(tmp_path: Path) -> None:
    """As long as their process lives."""
    alive = Alive(tmp_path)
    path = put(tmp_path, process=alive.name)
    assert read(path).is_under_way
    end = ended()
    call = msgspec.structs.replace(end.call, process=alive.name)
    write(path / ENDED, msgspec.structs.replace(end, call=call, settling=True))
    assert read(path).is_under_way
    alive.close()
    assert not read(path).is_under_way
