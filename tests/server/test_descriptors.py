"""The limit on file descriptors, looked at in processes of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
