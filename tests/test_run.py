"""`run.py` started by a Python without Kav's packages: it goes on in `.venv`, or says how to set that up."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path
from shutil import copy

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A copy of `run.py`, in a folder with a space in its name and no `.venv`."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    return Path(copy(ROOT / "run.py", folder))


def run(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script without any installed package, from another folder."""
    command = [sys.executable, "-I", "-S", str(script), *arguments]
    return subprocess.run(command, cwd="/", capture_output=True, text=True)


def test_it_goes_on_in_the_environment_that_make_set_up(script: Path) -> None:
    """With the same arguments and exit code, from any folder."""
    python = script.parent / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\nprintf "<%s>" "$@"\nexit 7\n')
    python.chmod(0o755)
    done = run(script, "call", "--say", "two words")
    assert (done.returncode, done.stdout) == (7, f"<{script}><call><--say><two words>"), done.stderr


def test_without_one_the_way_to_it_is_said(script: Path) -> None:
    """In place of the traceback of a missing module."""
    done = run(script, "list")
    assert done.returncode == 1 and "is not set up for Kav: it lacks aiohttp, " in done.stderr
    assert "`make run` sets up .venv" in done.stderr and "Traceback" not in done.stderr


def test_one_that_was_left_unfinished_is_not_started_for_ever(script: Path) -> None:
    """Its Python lacks the packages, too."""
    venv.create(script.parent / ".venv", symlinks=True)
    done = run(script, "list")
    assert done.returncode == 1 and "is not set up for Kav" in done.stderr


def test_a_python_with_the_packages_is_used_itself(script: Path) -> None:
    """Also beside a `.venv`, as it may be an environment of the user's own."""
    (script.parent / ".venv/bin").mkdir(parents=True)
    (script.parent / ".venv/bin/python").touch()
    done = subprocess.run(
        [sys.executable, str(script), "--version"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.startswith("Kav "), done.stderr
