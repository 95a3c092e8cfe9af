"""Note when a core was taken away from this machine: `python -m benchmarks.bench.stalls CORE FILE`.

A real-time process on the core sleeps for 10 ms at a time. When even it wakes up more than 5 ms late, no program could
have run: the virtual CPU stood still. Each line has when that ended (CLOCK_MONOTONIC) and how long it took, seconds.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

SLEEP, LATE = 0.01, 0.005  # seconds
PRIORITY = 10


def read(file: Path) -> list[tuple[float, float]]:
    """What was noted: pairs of the end of a stall and its length, seconds."""
    lines = file.read_text().splitlines() if file.exists() else []
    pairs = [line.split() for line in lines if line.count(" ") == 1]
    return [(float(at), float(length)) for at, length in pairs]


def main() -> int:
    """Watch until killed; 1 if this user may not run in real time."""
    core, file = sys.argv[1:]
    os.sched_setaffinity(0, {int(core)})
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    except PermissionError:
        return 1
    with Path(file).open("w", buffering=1) as into:
        while True:
            due = time.monotonic() + SLEEP
            time.sleep(SLEEP)
            if (late := time.monotonic() - due) > LATE:
                into.write(f"{due + late:.6f} {late:.6f}\n")


if __name__ == "__main__":
    sys.exit(main())
