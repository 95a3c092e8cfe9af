"""This machine: what it is, what its cores do, what a process takes."""

from __future__ import annotations

import os
import platform
import re
import time
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def name() -> str:
    """The processor, its cores, memory and kernel, in a line."""
    model = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = os.sysconf("SC_PHYS_PAGES") * PAGE / 2**30
    processor = model[1] if model else platform.machine()
    return f"{processor}, {os.cpu_count()} cores, {memory:.0f} GB, Linux {platform.release()}"


def busy() -> float:
    """Seconds that all cores together have been at work, or taken away, since the machine started."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    times = [int(field) for field in fields]
    return (sum(times) - times[3] - times[4]) / TICK  # without idle and iowait


def cpu(pid: int) -> float:
    """Seconds of processor time that a process has had, all its threads together: exact, not in ticks.

    Raises OSError if it is gone. Source: CPUCLOCK_SCHED in Linux' posix-timers.h.
    """
    return time.clock_gettime((~pid << 3) | 2)


def memory(pid: int) -> float:
    """What a process holds in memory, kB; 0 if it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 1024
    except OSError:
        return 0.0


def foreign(seconds: float) -> float:
    """How many cores others took, looked at for so long while none of our processes run."""
    before, begun = busy(), time.monotonic()
    time.sleep(seconds)
    return (busy() - before) / (time.monotonic() - begun)


class Patience:
    """Waits until others leave this machine alone, so many seconds in all."""

    LOOK = 3.0  # seconds
    LIMIT = 0.15  # cores that others may take

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    def wait(self) -> None:
        """Wait, as long as there is patience left."""
        while self.left > 0 and foreign(self.LOOK) > self.LIMIT:
            self.left -= self.LOOK
