"""The loop of a server."""

from __future__ import annotations

import subprocess
import sys

import pytest
import uvloop

from pipeline.loop.fastest import new_event_loop
from tests.kit.outside import ROOT


def test_uvloop_is_used_where_it_is() -> None:
    """Every deployment on Linux has it."""
    loop = new_event_loop()
    assert isinstance(loop, uvloop.Loop)
    loop.close()


@pytest.mark.parametrize(
    "command",
    [["demo", "--help"], ["go", "configs/bench.yaml", "--step", "3", "--greeting", "no"]],
)
def test_a_verb_runs_where_uvloop_is_not(command: list[str]) -> None:
    """As on Windows: a whole call, on asyncio's own loop."""
    program = f"import sys; sys.modules['uvloop'] = None; from pipeline.cli import main; main({command})"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
