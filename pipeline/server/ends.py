"""The ends of calls: their causes are remembered, and waited for."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from pipeline.server.entry import Entry

if TYPE_CHECKING:
    from pipeline.agent import Agent

REMEMBERED = 10_000  # ended calls that are remembered, as Twilio may repeat their webhooks


class Ends:
    """The causes of the last 10,000 calls that ended, and the waits for the ends of those that hold a slot."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.ended: OrderedDict[str, str] = OrderedDict()  # causes by call sid, oldest first
        self.told: Callable[[str, str], None] | None = None  # told of each that has ended, with its cause
        self._released_one = asyncio.Event()  # set and replaced at each release, which wakes all that wait in `free`
        self._idle = asyncio.Event()
        self._idle.set()

    def remember(self, call_sid: str, cause: str) -> None:
        """Remember the cause of a call that has ended, here or in the server before this one."""
        self.ended[call_sid] = cause
        if len(self.ended) > REMEMBERED:
            self.ended.popitem(last=False)
        if self.told is not None:
            self.told(call_sid, cause)

    def busy(self) -> None:
        """Note that a call holds a slot."""
        self._idle.clear()

    def wake(self, *, none_left: bool) -> None:
        """Wake those that wait for the release of a slot."""
        self._released_one.set()
        self._released_one = asyncio.Event()
        if none_left:
            self._idle.set()

    async def idle(self) -> None:
        """Wait until no call holds a slot."""
        await self._idle.wait()

    async def free(self, agent: Agent) -> None:
        """Wait until no call holds a slot with this agent."""
        while any(entry.agent is agent for entry in self.entries.values()):
            await self._released_one.wait()

    def cause_of(self, call_sid: str) -> str | None:
        """Return the reason for which a call ended or is about to end; empty while it goes on, None if unknown."""
        if (entry := self.entries.get(call_sid)) is not None:
            return entry.call.cause if entry.call is not None else ""
        return self.ended.get(call_sid)

    def states(self) -> Counter[str]:
        """Return the number of calls in each state."""
        return Counter(entry.state for entry in self.entries.values())
