"""A race between the providers of one answer: the next is asked when one fails or is slow, and the first answer wins.

Waiting until a slow provider has failed, and asking the next one only then, costs the caller both times.
Source: J. Dean and L. A. Barroso, The Tail at Scale, "Hedged requests".
"""

from __future__ import annotations

import asyncio
import math
from asyncio import Task
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import aclosing
from typing import Any, Generic, NamedTuple, TypeVar

SLOW = 1.6  # seconds without an answer, after which the next provider is asked beside a slow one

Item = TypeVar("Item")
Spawn = Callable[[Coroutine[Any, Any, None]], "Task[None]"]


def step_in(limit: float, providers: int) -> float:
    """Return the seconds after which the next of several providers is asked, which together have `limit` seconds."""
    return min(limit / providers, SLOW)


class Entry(NamedTuple, Generic[Item]):
    """A provider's answer, not begun; `late` is called before it is cancelled for being slow."""

    answer: AsyncGenerator[Item, None]
    late: Callable[[], None]


class _Runner(Generic[Item]):
    """An answer that is read in a task of its own; `items` are those not taken yet."""

    def __init__(self, entry: Entry[Item], settles: Callable[[Item], bool], news: asyncio.Event, spawn: Spawn) -> None:
        self.late = entry.late
        self.items: deque[Item] = deque()
        self.settled = False
        self._settles, self._news = settles, news
        self.task = spawn(self._read(entry.answer))
        # By callback: a task cancelled before its first step runs no code, and the race would wait for ever.
        self.task.add_done_callback(lambda _: news.set())

    @property
    def has_failed(self) -> bool:
        """True if it ended by an error, or was cancelled."""
        return self.task.done() and (self.task.cancelled() or self.task.exception() is not None)

    @property
    def has_won(self) -> bool:
        """True if an item of it settles the race, or if it ended well."""
        return self.settled or (self.task.done() and not self.has_failed)

    async def _read(self, answer: AsyncGenerator[Item, None]) -> None:
        async with aclosing(answer) as items:
            async for item in items:
                self.items.append(item)
                self.settled = self.settled or self._settles(item)
                self._news.set()


class Race(Generic[Item]):
    """Asks the providers of `entries` in turn, and yields the first answer.

    The next one is asked once all before it have failed, or `every` seconds after the one before it. The first item
    that `settles` decides: the others are cancelled. `spawn` starts a task, which takes its first step at once.
    """

    def __init__(
        self, entries: Iterator[Entry[Item]], every: float, settles: Callable[[Item], bool], spawn: Spawn
    ) -> None:
        self._entries, self._every, self._settles, self._spawn = entries, every, settles, spawn
        self._clock = asyncio.get_running_loop().time
        self._news = asyncio.Event()
        self._runners: list[_Runner[Item]] = []
        self._due = 0.0  # loop time at which the next one is asked

    async def answer(self, by: float) -> AsyncGenerator[Item, None]:
        """Yield the items of the answer; those that come before it is settled are of any provider.

        Raises the last one's error if all have failed, and TimeoutError if none has won by the loop time `by`.
        """
        try:
            while (winner := next((each for each in self._runners if each.has_won), None)) is None:
                # Interim words are worth showing before it is known which provider wins; they bind none to anything.
                for runner in self._runners:
                    while runner.items and not runner.settled:
                        yield runner.items.popleft()
                await self._go_on(by)
            self._end(winner)
            # The last items may come in the same turn of the loop as the end of the task.
            while winner.items or not winner.task.done():
                if not winner.items:
                    self._news.clear()
                    await self._news.wait()
                while winner.items:
                    yield winner.items.popleft()
            await winner.task  # raises its error
        finally:
            for runner in self._runners:
                runner.task.cancel()

    async def _go_on(self, by: float) -> None:
        """Ask the next provider if it is time for it; otherwise wait for one of those asked."""
        running, now = any(not each.has_failed for each in self._runners), self._clock()
        if not running or now >= self._due:
            if (entry := next(self._entries, None)) is not None:
                self._runners.append(_Runner(entry, self._settles, self._news, self._spawn))
                self._due = now + self._every
                return
            if not running:
                await self._runners[-1].task  # raises the last one's error
            self._due = math.inf
        if now >= by:
            self._end(None)
            raise TimeoutError("no answer in time")
        self._news.clear()
        try:
            async with asyncio.timeout_at(min(by, self._due)):
                await self._news.wait()
        except TimeoutError:
            pass

    def _end(self, winner: _Runner[Item] | None) -> None:
        """Cancel all but the winner; those asked before it were slow."""
        # One that was asked later has had less time: that it lost says nothing about it, and its breaker is left alone.
        before = True
        for runner in self._runners:
            before = before and runner is not winner
            if runner is winner or runner.task.done():
                continue
            if before:
                runner.late()
            runner.task.cancel()
