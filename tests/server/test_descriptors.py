"""The limit on file descriptors, looked at in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.deploys import written
from tests.kit.outside import ROOT

SET = "import resource as r; r.setrlimit(r.RLIMIT_NOFILE, ({}, {})); from pipeline.server import descriptors as d; "


def told(soft: int, hard: int, does: str) -> tuple[str, str]:
    """What a program says of these limits, and what it logs."""
    done = subprocess.run(
        [sys.executable, "-c", SET.format(soft, hard) + does], capture_output=True, text=True, check=True
    )
    return done.stdout.strip(), done.stderr


@pytest.mark.fault("A12")
def test_the_soft_limit_is_raised_to_the_hard_one() -> None:
    """As shells and systemd give 1024 of many more."""
    assert told(100, 200, "d.raise_limit(); print(d.limit())") == ("200", "")
    assert told(200, 200, "d.raise_limit(); print(d.limit())") == ("200", "")


@pytest.mark.fault("A12")
def test_more_calls_than_there_are_descriptors_for_is_a_warning() -> None:
    """It says how many are needed, and how to get them."""
    _, log = told(200, 200, "d.prepare(50)")
    assert "50 calls at a time need about 500 file descriptors, and the system allows 200" in log
    assert "ulimit -n 500" in log
    assert told(200, 200, "d.prepare(10)") == ("", "")


@pytest.mark.fault("C24")
def test_most_are_kept_for_calls() -> None:
    """Connections without a request get a quarter; and it is seen when none is left."""
    assert told(100, 100, "print(d.for_waiting(), d.are_left())")[0] == "25 True"
    take = "import os; all(os.dup(1) for _ in range(101 - len(os.listdir('/proc/self/fd'))))"
    assert told(100, 100, f"{take}; print(d.are_left())")[0] == "False"


@pytest.mark.fault("A12")
@pytest.mark.parametrize("most", [10, 16, 31])
def test_too_few_for_a_server_are_one_clear_line(tmp_path: Path, most: int) -> None:
    """The verb ends with exit code 1, and says how to get more."""
    serve = [sys.executable, "run.py", "serve", str(written(tmp_path)), "--port", "0"]
    limits = f"import os, resource as r; r.setrlimit(r.RLIMIT_NOFILE, ({most}, {most})); "
    program = f"{limits}os.execv({sys.executable!r}, {serve!r})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"the system allows this process {most} open files, and Kav needs at least 32: raise the")
    assert "Traceback" not in done.stderr
