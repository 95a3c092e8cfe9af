"""The registry of calls and its watchdog: who holds a slot, since when, and what has been silent for too long."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from pipeline.server.options import Limits
from pipeline.vocabulary import Cause

if TYPE_CHECKING:
    from pipeline.agent import Agent
import secrets
from asyncio import TimerHandle
from typing import TYPE_CHECKING, Protocol


class Socket(Protocol):
    """What the registry asks of a call's socket."""

    @property
    def dead(self) -> bool:
        """Whether nothing comes from it any more."""


class Held(Protocol):
    """What the registry asks of a call."""

    cause: str  # why it ends; empty while it goes on

    @property
    def state(self) -> str:
        """What the call is doing."""

    def hang_up(self, reason: str) -> None:
        """Let the call end."""


class Entry:
    """One call's slot. `token` opens its stream once, `secret` is what its `start` has to carry."""

    def __init__(self, call_sid: str, agent: Agent, now: float, starts_within: float) -> None:
        self.call_sid = call_sid
        self.agent = agent
        self.caller = self.called = self.twiml = ""
        self.token, self.secret = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        self.reserved_at = self.media_at = now  # loop time, seconds
        self.start_by = now + starts_within
        self.socket: Socket | None = None  # None until the stream's start
        self.end_by = 0.0
        self.call: Held | None = None
        self.cause = ""  # why it ended
        self.timer: TimerHandle | None = None

    @property
    def state(self) -> str:
        """RESERVED, or the state of its call."""
        return self.call.state if self.call is not None else RESERVED


RESERVED = "RESERVED"  # a slot whose stream has not started
REMEMBERED = 10_000  # ended calls whose webhook may still be repeated


class Full(Exception):
    """No slot is free."""


class Taken(Exception):
    """The call has a stream already."""


Alarm = Callable[[Entry, str], None]


class Registry:
    """The calls that hold a slot, and the memory of those that did.

    `alarm` is called with an entry and why: `never_started` (its slot is free already), `no_media` or `max_call` (its
    call has to be ended). `released` is called once for each entry that gives its slot back, `reserved` for each that
    `reserve` has made.
    """

    def __init__(
        self,
        loop: AbstractEventLoop,
        alarm: Alarm,
        released: Alarm,
        limits: Limits | None = None,
        reserved: Callable[[Entry], None] | None = None,
    ) -> None:
        self.loop = loop
        self.limits = limits or Limits()
        self.entries: dict[str, Entry] = {}
        self._alarm = alarm
        self._released = released
        self._reserved = reserved
        self._tokens: dict[str, Entry] = {}
        self._slots: Counter[str] = Counter()  # by config
        self._ended: OrderedDict[str, str] = OrderedDict()
        self._released_one = asyncio.Event()  # set, and another one made, at each release
        self._idle = asyncio.Event()
        self._idle.set()

    def reserve(self, call_sid: str, agent: Agent, starts_within: float = 0.0) -> Entry:
        """The call's slot, the same one however often it is asked for; its stream has to start within these seconds.

        Raises Full.
        """
        if (entry := self.entries.get(call_sid)) is not None:
            return entry
        server = agent.config.server
        if self._slots[agent.config.name] >= server.max_calls:
            raise Full
        entry = Entry(call_sid, agent, self.loop.time(), starts_within or self.limits.start)
        self.book(entry)
        if self._reserved is not None:
            self._reserved(entry)
        return entry

    def book(self, entry: Entry) -> None:
        """Give this call a slot, and watch it, without asking whether one is free."""
        self.entries[entry.call_sid] = self._tokens[entry.token] = entry
        self._slots[entry.agent.config.name] += 1
        self._idle.clear()
        self._watch(entry, entry.start_by)

    def hand_over(self, entry: Entry, call: Held) -> None:
        """Let another process have this call, and watch it."""
        entry.call = call
        if entry.timer is not None:
            entry.timer.cancel()

    def claim(self, token: str) -> Entry | None:
        """The call that this stream address was made for: once, and within a minute."""
        entry = self._tokens.pop(token, None)
        if entry is None or self.loop.time() > entry.reserved_at + self.limits.token:
            return None
        return entry

    def mark_start(self, call_sid: str, agent: Agent, socket: Socket) -> Entry:
        """The stream of this call has started; a call that no webhook announced gets its slot now.

        Raises Taken if another stream lives, Full.
        """
        entry = self.entries.get(call_sid)
        if entry is not None and entry.socket is not None:
            if not entry.socket.dead:
                raise Taken
            self.release(entry, Cause.LOST)
        entry = self.reserve(call_sid, agent)
        self._tokens.pop(entry.token, None)
        entry.socket, entry.media_at = socket, self.loop.time()
        entry.end_by = entry.media_at + entry.agent.config.server.max_call
        self._watch(entry, self._due(entry))
        return entry

    def touch_media(self, call_sid: str) -> None:
        """The call's audio comes in."""
        if (entry := self.entries.get(call_sid)) is not None:
            entry.media_at = self.loop.time()

    def release(self, entry: Entry, cause: str) -> bool:
        """Give the slot back; False if it had been given back before."""
        if entry.cause:
            return False
        entry.cause = cause
        if entry.timer is not None:
            entry.timer.cancel()
        del self.entries[entry.call_sid]
        self._tokens.pop(entry.token, None)
        self._slots[entry.agent.config.name] -= 1
        self._remember(entry.call_sid, cause)
        self._released_one.set()
        self._released_one = asyncio.Event()
        if not self.entries:
            self._idle.set()
        self._released(entry, cause)
        return True

    def cause_of(self, call_sid: str) -> str | None:
        """Why this call ended or is about to; empty while it lives, None if it is unknown."""
        if (entry := self.entries.get(call_sid)) is not None:
            return entry.call.cause if entry.call is not None else ""
        return self._ended.get(call_sid)

    def states(self) -> Counter[str]:
        """How many calls are in which state."""
        return Counter(entry.state for entry in self.entries.values())

    async def idle(self) -> None:
        """Wait until no call holds a slot."""
        await self._idle.wait()

    async def free(self, agent: Agent) -> None:
        """Wait until no call holds a slot with this agent."""
        while any(entry.agent is agent for entry in self.entries.values()):
            await self._released_one.wait()

    def _remember(self, call_sid: str, cause: str) -> None:
        self._ended[call_sid] = cause
        if len(self._ended) > REMEMBERED:
            self._ended.popitem(last=False)

    def _due(self, entry: Entry) -> float:
        return min(entry.media_at + self.limits.media, entry.end_by)

    def _watch(self, entry: Entry, due: float) -> None:
        if entry.timer is not None:
            entry.timer.cancel()
        entry.timer = self.loop.call_at(due, self._check, entry)

    def _check(self, entry: Entry) -> None:
        """Re-check rather than re-arm: a media message costs an attribute, not a timer."""
        now = self.loop.time()
        if entry.socket is None:
            self.release(entry, Cause.NEVER_STARTED)
            self._alarm(entry, Cause.NEVER_STARTED)
        elif now >= entry.end_by:
            self._alarm(entry, Cause.MAX_CALL)
        elif now >= entry.media_at + self.limits.media:
            self._alarm(entry, Cause.NO_MEDIA)
        else:
            self._watch(entry, self._due(entry))
