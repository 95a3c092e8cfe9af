"""What is noted beside a run: the event loop's lag, the machine's stalls, the clocks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.bench import machine, stalls
from benchmarks.peers import lag

ROOT = Path(__file__).parents[2]


def test_lag_is_noted_for_any_program(tmp_path: Path) -> None:
    """One that keeps uvloop busy for 0.3 s is seen to be late; what it was given and what it says stay as they are."""
    program = tmp_path / "program.py"
    program.write_text(
        "import sys, time, asyncio, uvloop\n"
        "async def main():\n"
        "    await asyncio.sleep(0.15)\n"
        "    end = time.monotonic() + 0.3\n"
        "    while time.monotonic() < end: pass\n"
        "    await asyncio.sleep(0.15)\n"
        "    print(sys.argv[1:], __name__)\n"
        "uvloop.run(main())\n"
    )
    lags = tmp_path / "lags"
    command = [sys.executable, "-m", "benchmarks.peers.lag", str(lags), "--", str(program), "--port", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "['--port', '1'] __main__\n", done.stderr
    found = lag.read(lags)
    assert max(late for _, late in found) > 0.15 and all(late >= 0 for _, late in found)


def test_a_torn_note_does_not_count(tmp_path: Path) -> None:
    """A program may be killed while it writes one."""
    file = tmp_path / "lags"
    file.write_bytes(lag.FORM.pack(1.0, 0.5) + b"torn")
    assert lag.read(file) == [(1.0, 0.5)]
    other = tmp_path / "stalls"
    other.write_text("12.5 0.006\n13.")
    assert stalls.read(other) == [(12.5, 0.006)] and stalls.read(tmp_path / "none") == []


def test_a_process_has_a_clock() -> None:
    """Its processor time rises with what it does, and the machine's with it; nobody else's is counted."""
    before, all_before = machine.cpu(os.getpid()), machine.busy()
    while machine.cpu(os.getpid()) < before + 0.05:
        pass
    assert machine.busy() > all_before
    assert machine.memory(os.getpid()) > 1000 and machine.memory(2**22 + 1) == 0.0
    assert "cores" in machine.name()
