"""A provider's quota, kept by all calls of the process together: requests a minute, sessions at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from pipeline.faults import ProviderError

MINUTE = 60.0  # seconds; counted back from now, so that it holds wherever the provider's minute begins
NEAR, FAR = 0.8, 0.5  # shares of a quota: one warning at the first, the next only after it was below the second


class Exhausted(ProviderError):
    """The quota is used up for longer than the request may wait."""


class Limiter:
    """Lets requests through as fast as a quota allows, in the order in which they came.

    `per_minute` and `sessions` are the limits, 0 is none; `name` is the quota's name in the log.
    """

    def __init__(self, name: str, per_minute: int, sessions: int = 0) -> None:
        self.name = name
        self.per_minute = per_minute
        self.sessions = sessions
        self.open = 0  # sessions
        self._starts: deque[float] = deque()  # loop times of the last minute's requests, and of those that wait
        self._free = asyncio.Semaphore(sessions)
        self._resting = 0.0  # loop time until which no request may be sent
        self._warned = False

    @property
    def requests(self) -> int:
        """Number of requests in the last minute."""
        now = self._now()
        while self._starts and self._starts[0] <= now - MINUTE:
            self._starts.popleft()
        return sum(start <= now for start in self._starts)

    @property
    def limits(self) -> dict[str, int]:
        """The limits that are set: `requests` a minute, `sessions` at a time."""
        limits = {"requests": self.per_minute, "sessions": self.sessions}
        return {kind: limit for kind, limit in limits.items() if limit}

    @property
    def shares(self) -> dict[str, float]:
        """The used share of each limit, 0 to 1."""
        counts = {"requests": self.requests, "sessions": self.open}
        return {kind: counts[kind] / limit for kind, limit in self.limits.items()}

    @property
    def used(self) -> float:
        """The larger of `shares`, 0 to 1."""
        return max(self.shares.values(), default=0.0)

    def rest(self, seconds: float) -> None:
        """Let no request through for so long: the provider has answered that there were too many."""
        self._resting = max(self._resting, self._now() + seconds)

    @asynccontextmanager
    async def slot(self, patience: float) -> AsyncIterator[None]:
        """Take one request of the quota, and one session while the block runs; wait for them if need be.

        Raises Exhausted if that would take more than `patience` seconds; nothing is used up then.
        """
        by = self._now() + patience
        await self._session(by)
        try:
            await self._request(by)
            self._watch()
            yield
        finally:
            self.open -= 1
            if self.sessions:
                self._free.release()

    async def _session(self, by: float) -> None:
        try:
            async with asyncio.timeout_at(by):
                if self.sessions:
                    await self._free.acquire()
        except TimeoutError:
            raise Exhausted(f"{self.name}: {self.sessions} sessions are open") from None
        self.open += 1

    async def _request(self, by: float) -> None:
        """Book the next free place in the minute, and wait until it comes; cancelled, give the place back."""
        now, _ = self._now(), self.requests  # which forgets requests older than a minute
        full = self.per_minute and len(self._starts) >= self.per_minute
        # The wait is known at once from the request `per_minute` places back. So a request that would come too late
        # fails without waiting, while there is time for a fallback.
        start = max(now, self._resting, self._starts[-self.per_minute] + MINUTE if full else now)
        if start > by:
            raise Exhausted(f"{self.name}: the quota has no room for another {start - now:.1f} s")
        self._starts.append(start)
        if start == now:
            return
        try:
            await asyncio.sleep(start - now)
        except asyncio.CancelledError:
            self._starts.remove(start)
            raise

    def _watch(self) -> None:
        # Two thresholds: with one, a load that swings about it would log a warning a second.
        used = self.used
        if used >= NEAR and not self._warned:
            from loguru import logger

            logger.warning("QUOTA {} {:.0%} used", self.name, used)
        self._warned = used >= NEAR or (self._warned and used >= FAR)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


# A provider counts requests by project, not by agent: steps of several configs with the same name, limits and account
# share one limiter. Weak references drop it with its last step.
_among = 1
_limiters: WeakValueDictionary[tuple[str, int, int, str], Limiter] = WeakValueDictionary()


def divide(among: int) -> None:
    """Give each of so many processes an equal part of every quota made from now on, at least 1."""
    global _among
    _among = among


def _part(limit: int) -> int:
    return max(1, limit // _among) if limit else 0


def shared(name: str, per_minute: int, sessions: int = 0, account: str = "") -> Limiter:
    """Return the process's limiter of this name, limits and account; it lasts while there is a reference to it."""
    key = (name, per_minute, sessions, account)
    if (limiter := _limiters.get(key)) is None:
        limiter = _limiters[key] = Limiter(name, _part(per_minute), _part(sessions))
    return limiter


def in_use() -> tuple[Limiter, ...]:
    """Return the shared limiters that are referenced."""
    return tuple(_limiters.values())
