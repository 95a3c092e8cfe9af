"""A throttle for log lines that a stranger can cause: one line a minute for each kind, with the number held back."""

from __future__ import annotations

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable, Hashable

MINUTE = 60.0  # seconds

Write = Callable[[int], None]


class Throttle:
    """Writes the first line of a kind at once, and at most one more of it a minute.

    A line is a function that writes it, given the number of lines like it that were held back since the last one. Of
    the lines held back in a minute, the latest is written at its end, so that nothing is left unsaid. Kinds have to
    come from a closed set. Runs on the loop's thread.
    """

    def __init__(self, loop: AbstractEventLoop, every: float = MINUTE) -> None:
        self._loop = loop
        self._every = every
        self._held: dict[Hashable, _Held] = {}

    def put(self, kind: Hashable, write: Write, *, once: bool = False) -> None:
        """Write a line now, or hold it back if its kind was written in the last minute; if `once`, ever."""
        if (held := self._held.get(kind)) is None:
            timer = None if once else self._loop.call_later(self._every, self._over, kind)
            self._held[kind] = _Held(timer)
            write(0)
        elif held.timer is not None:
            held.count, held.latest = held.count + 1, write

    def close(self) -> None:
        """Write the latest line of each kind that is held back, and cancel the timers. May be called again."""
        for held in self._held.values():
            if held.timer is not None:
                held.timer.cancel()
            held.tell()
        self._held.clear()

    def _over(self, kind: Hashable) -> None:
        held = self._held.pop(kind)
        if held.count:
            self.put(kind, lambda _: held.tell())


class _Held:
    """The lines of one kind that were held back: their number, and the latest."""

    def __init__(self, timer: TimerHandle | None) -> None:
        self.timer = timer
        self.count = 0
        self.latest: Write | None = None

    def tell(self) -> None:
        if self.latest is not None:
            self.latest(self.count)
