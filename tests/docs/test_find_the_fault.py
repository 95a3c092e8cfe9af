"""docs/find-the-fault.md does what it shows."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/find-the-fault.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^    python (run\.py [^\n]*)\n\n```\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL)


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of the page in this folder, to which the configs are at hand."""
    words = [
        str(ROOT / word) if word == "run.py" or word.startswith("configs/") else word for word in shlex.split(command)
    ]
    return subprocess.run(
        [sys.executable, *words], cwd=folder, capture_output=True, text=True, timeout=120, check=False, encoding="utf-8"
    )


@pytest.mark.parametrize("command, shown", SHOWN, ids=[command.split()[1] for command, _ in SHOWN])
def test_its_commands_give_what_it_shows(command: Any, shown: Any, tmp_path: Path) -> None:
    """Word for word."""
    (log,) = re.findall(r"```log\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "agent.log").write_text(log, encoding="utf-8")
    done = run(command, tmp_path)
    assert (done.stdout, done.returncode) == (shown, 1), done.stderr


def test_a_recorded_call_is_reported(tmp_path: Path) -> None:
    """The call is kept, its page is written, and it says how large it is."""
    wav = ROOT / "configs/demo/rooms.wav"
    assert run(f"run.py call configs/demo.yaml --wav {shlex.quote(str(wav))}", tmp_path).returncode == 0
    (folder,) = (tmp_path / "calls").glob("*/CA*")
    (command,) = re.findall(r"^    python (run\.py report .*)$", PAGE, re.MULTILINE)
    done = run(re.sub(r"calls/\S+", str(folder), command), tmp_path)
    assert done.returncode == 0 and re.fullmatch(r"call\.html: \d+\.\d s of call, \d+ kB\n", done.stdout)
    assert "three rooms please" in (tmp_path / "call.html").read_text(encoding="utf-8")


def test_its_picture_is_small() -> None:
    """A page of documentation is read over any line."""
    assert (ROOT / "docs/report.png").stat().st_size < 200_000
