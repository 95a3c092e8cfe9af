"""Deadlines of a peer, in which the time does not count for which the loop was blocked and read nothing."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

LATE = 0.25  # seconds by which a timer may fire late on a loop that is not blocked
GRACE = 1.0  # seconds in which a loop that was blocked reads what has come meanwhile


class Deadline:
    """Calls an action at a loop time, unless it is cancelled before.

    A loop that was blocked runs its timers before it reads its sockets, where all that the peer has sent in time may
    wait. So a deadline that comes late, by more than `LATE` seconds, waits for `GRACE` seconds more.
    """

    def __init__(self, loop: AbstractEventLoop, due: float, action: Callable[..., None], *args: Any) -> None:
        self._loop, self._due, self._action, self._args = loop, due, action, args
        self._timer: TimerHandle = loop.call_at(due, self._reached)

    def cancel(self) -> None:
        """Forget the action; safe to call again."""
        self._timer.cancel()

    def _reached(self) -> None:
        now = self._loop.time()
        if now <= self._due + LATE:
            self._action(*self._args)
            return
        self._due = now + GRACE
        self._timer = self._loop.call_at(self._due, self._reached)


@asynccontextmanager
async def in_time(seconds: float) -> AsyncIterator[None]:
    """Raise TimeoutError out of the block if it takes longer, as a `Deadline` counts."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(None) as limit:
        deadline = Deadline(loop, loop.time() + seconds, lambda: limit.reschedule(loop.time()))
        try:
            yield
        finally:
            deadline.cancel()
