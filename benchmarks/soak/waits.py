"""The time for which processes waited for a core, as the kernel counts it: a busy machine's share in each fault."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

KEPT = 2000  # looks


class Waits:
    """Looks at the main threads of these processes; `look` is to be called several times a second."""

    def __init__(self, pids: Sequence[int]) -> None:
        self._files = [Path(f"/proc/{pid}/schedstat") for pid in pids]
        self._looks: deque[tuple[float, float]] = deque(maxlen=KEPT)  # when, seconds waited so far
        self.look()

    def look(self) -> None:
        """Note the time waited so far."""
        self._looks.append((time.monotonic(), sum(_waited(file) for file in self._files)))

    def between(self, begin: float, end: float) -> float:
        """Return the seconds waited between two times, as far as the looks around them tell."""
        before = [waited for at, waited in self._looks if at <= begin] or [self._looks[0][1]]
        after = [waited for at, waited in self._looks if at >= end] or [self._looks[-1][1]]
        return after[0] - before[-1]


def _waited(file: Path) -> float:
    try:
        return int(file.read_text().split()[1]) / 1e9
    except OSError:
        return 0.0
