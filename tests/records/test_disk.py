"""A disk that keeps no records is told of at the start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def told(folder: str, before: str = "pass") -> str:
    """What a process says of the folder after this."""
    program = f"""
{before}
from pipeline.config import RecordSettings
from pipeline.records.disk import look
look([RecordSettings(folder={folder!r})] * 2)
"""
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stderr


def test_a_folder_that_can_be_written_is_not_made(tmp_path: Path) -> None:
    """Nor is anything left in one that is there."""
    assert told(str(tmp_path / "new" / "calls")) == told(str(tmp_path)) == told("") == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.fault("A12")
def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """One line for each folder, with the reason, and what to do."""
    (tmp_path / "file").write_text("no folder")
    (line,) = told(str(tmp_path / "file")).splitlines()
    assert f"DISK calls cannot be kept in {tmp_path}/file: Not a directory" in line
    assert "or set another `record.folder`" in line
    assert "DISK calls cannot be kept in /proc/calls: " in told("/proc/calls")


@pytest.mark.fault("A12")
def test_a_disk_that_takes_no_more(tmp_path: Path) -> None:
    """It gives a file, and refuses its bytes, as a full one does."""
    full = "import resource as r; r.setrlimit(r.RLIMIT_FSIZE, (0, 0))"
    assert f"DISK calls cannot be kept in {tmp_path}: File too large" in told(str(tmp_path), full)
