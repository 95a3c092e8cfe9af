"""Processes that a step has started end with the server; each test is a program of its own, whose children they are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVER = """
import asyncio, subprocess, sys
from pipeline.server.children import ending_children
from pipeline.tools.verb import run

STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); signal.pause()"
ORPHAN = "import subprocess; print(subprocess.Popen(['sleep', '600'], start_new_session=True).pid)"

async def serve():
    plain = subprocess.Popen(["sleep", "600"])
    stubborn = subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE)
    stubborn.stdout.readline()
    orphan = subprocess.check_output([sys.executable, "-c", ORPHAN.replace(")", ", stdout=-3)", 1)], text=True)
    print(plain.pid, stubborn.pid, orphan, flush=True)
    if "hang" in sys.argv:
        asyncio.create_task(hang())
        await asyncio.sleep(0)
    return 3

async def hang():
    while True:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            pass

sys.exit(run(ending_children(serve())))
"""


@pytest.mark.fault("G12")
@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone can be asked for them")
@pytest.mark.parametrize("how", ["well", "hang"])
def test_no_process_of_a_step_outlives_the_server(how: str) -> None:
    """A plain one, one that ignores SIGTERM, and one whose parent has gone; also if a task does not end."""
    done = subprocess.run([sys.executable, "-c", SERVER, how], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 3 and "CHILDREN 3 processes" in done.stderr
    assert [_lives(each) for each in done.stdout.split()] == [False] * 3


def _lives(process: str) -> bool:
    """True if it runs; one that has ended may wait for a parent that asks for its code."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
