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
    """The quota is used up for longer than the caller can wait."""


class Limiter:
    """Lets requests through as fast as a quota allows, in the order in which they came.

    `per_minute` and `sessions` are the most of each, `name` says in the log whose they are. 0 is no limit.
    """

    def __init__(self, name: str, per_minute: int, sessions: int = 0) -> None:
        self.name = name
        self.per_minute = per_minute
        self.sessions = sessions
        self.open = 0  # sessions
        self._starts: deque[float] = deque()  # loop times of the last minute's requests, and of those that wait
        self._free = asyncio.Semaphore(sessions)
        self._resting = 0.0  # loop time until which the provider wants to be left alone
        self._warned = False

    @property
    def requests(self) -> int:
        """Requests of the last minute."""
        now = self._now()
        while self._starts and self._starts[0] <= now - MINUTE:
            self._starts.popleft()
        return sum(start <= now for start in self._starts)

    @property
    def limits(self) -> dict[str, int]:
        """The limits that there are: `requests` of a minute, `sessions` at a time."""
        limits = {"requests": self.per_minute, "sessions": self.sessions}
        return {what: limit for what, limit in limits.items() if limit}

    @property
    def shares(self) -> dict[str, float]:
        """How much of each limit is used, 0 to 1."""
        counts = {"requests": self.requests, "sessions": self.open}
        return {what: counts[what] / limit for what, limit in self.limits.items()}

    @property
    def used(self) -> float:
        """The share of the quota that is used, 0 to 1, of whichever limit is nearer."""
        return max(self.shares.values(), default=0.0)

    def rest(self, seconds: float) -> None:
        """Let nobody through for so long: the provider said that it was too much."""
        self._resting = max(self._resting, self._now() + seconds)

    @asynccontextmanager
    async def slot(self, patience: float) -> AsyncIterator[None]:
        """A request, and while it lasts a session; raises Exhausted if that would take more than `patience` seconds."""
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
        """Take the next place in the minute, and wait for it; a place that nobody will use is given back."""
        now, _ = self._now(), self.requests  # which forgets what is older than a minute
        full = self.per_minute and len(self._starts) >= self.per_minute
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
        used = self.used
        if used >= NEAR and not self._warned:
            from loguru import logger

            logger.warning("QUOTA {} {:.0%} used", self.name, used)
        self._warned = used >= NEAR or (self._warned and used >= FAR)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


_among = 1
_limiters: WeakValueDictionary[tuple[str, int, int, str], Limiter] = WeakValueDictionary()


def divide(among: int) -> None:
    """Let each of so many processes keep its part of every quota, from now on; no part is less than one."""
    global _among
    _among = among


def _part(limit: int) -> int:
    return max(1, limit // _among) if limit else 0


def shared(name: str, per_minute: int, sessions: int = 0, account: str = "") -> Limiter:
    """The limiter of this name, limits and account, one for the whole process while somebody holds it."""
    key = (name, per_minute, sessions, account)
    if (limiter := _limiters.get(key)) is None:
        limiter = _limiters[key] = Limiter(name, _part(per_minute), _part(sessions))
    return limiter


def in_use() -> tuple[Limiter, ...]:
    """The shared limiters that somebody holds."""
    return tuple(_limiters.values())
