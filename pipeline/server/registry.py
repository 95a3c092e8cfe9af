"""The registry of calls: their slots, the tokens of their streams, and the timers that end silent or long calls."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from pipeline.loop.deadline import Deadline
from pipeline.server.caller_limits import Callers, Full
from pipeline.server.ends import Ends
from pipeline.server.entry import Entry, Held, Socket
from pipeline.server.options import Limits
from pipeline.vocabulary import Cause

if TYPE_CHECKING:
    from pipeline.agent import Agent


class Taken(Exception):
    """The call has a live stream already."""


Alarm = Callable[[Entry, str], None]


class Registry(Ends):
    """The calls that hold a slot, and the causes of the last 10,000 that ended.

    `alarm` is called with an entry and a cause: `never_started` (its slot is free already), `no_media` or `max_call`
    (the call must be ended). `released` is called once for each entry whose slot is released, `reserved` for each that
    `reserve` makes. Not thread-safe: all methods run on the loop's thread.
    """

    def __init__(
        self,
        loop: AbstractEventLoop,
        alarm: Alarm,
        released: Alarm,
        limits: Limits | None = None,
        reserved: Callable[[Entry], None] | None = None,
    ) -> None:
        super().__init__()
        self.loop = loop
        self.limits = limits or Limits()
        self._alarm = alarm
        self._released = released
        self._reserved = reserved
        self._tokens: dict[str, Entry] = {}
        self._slots: Counter[str] = Counter()  # by config
        self._callers = Callers()

    def reserve(self, call_sid: str, agent: Agent, starts_within: float = 0.0, caller: str = "") -> Entry:
        """Return the call's slot, a new one unless it has one already.

        The stream of a new one must start within these seconds, 5 if it is 0. Raises Full if the agent's config has
        `max_calls` slots in use, OverLimit if the caller, or the length of all calls, reaches a limit of it.
        """
        if (entry := self.entries.get(call_sid)) is not None:
            return entry
        server = agent.config.server
        if self._slots[agent.config.name] >= server.max_calls:
            raise Full
        now, name = self.loop.time(), agent.config.name
        ages = [now - each.reserved_at for each in self.entries.values() if each.agent.config.name == name]
        self._callers.check(agent.config, caller, now, ages)
        entry = Entry(call_sid, agent, now, starts_within or self.limits.start)
        entry.caller = caller
        self.book(entry)
        if self._reserved is not None:
            self._reserved(entry)
        return entry

    def book(self, entry: Entry) -> None:
        """Add an entry and start its timer, without a check of `max_calls`."""
        self.entries[entry.call_sid] = self._tokens[entry.token] = entry
        self._slots[entry.agent.config.name] += 1
        self._callers.began(entry.agent.config, entry.call_sid, entry.caller, self.loop.time())
        self.busy()
        self._watch(entry, entry.start_by)

    def hand_over(self, entry: Entry, call: Held) -> None:
        """Attach a call that another process runs; that process watches it, so the timer here is cancelled."""
        entry.call = call
        if entry.timer is not None:
            entry.timer.cancel()

    def hold(self, entry: Entry, call: Held, seconds: float, due: Callable[[Entry], None]) -> None:
        """Keep the slot of a call whose stream has ended; `due` is called once the seconds are over."""
        self._tokens.pop(entry.token, None)
        entry.call, entry.socket = call, None
        if entry.timer is not None:
            entry.timer.cancel()
        entry.timer = Deadline(self.loop, self.loop.time() + seconds, due, entry)

    def reopen(self, entry: Entry, before: str, memory: bytes) -> Entry:
        """Return the entry of a call's next stream, with new tokens: its slot, or a new one without a check."""
        fresh = entry.again(self.loop.time(), self.limits.start, before, memory)
        if entry.cause or self.entries.get(entry.call_sid) is not entry:
            self.book(fresh)
            return fresh
        fresh.reserved_at, entry.cause = entry.reserved_at, Cause.TRANSFER
        if entry.timer is not None:
            entry.timer.cancel()
        self.entries[entry.call_sid] = self._tokens[fresh.token] = fresh
        self._watch(fresh, fresh.start_by)
        return fresh

    def claim(self, token: str) -> Entry | None:
        """Return the entry of a stream's token; None if it is unknown, was used before or is over a minute old."""
        entry = self._tokens.pop(token, None)
        if entry is None or self.loop.time() > entry.token_at + self.limits.token:
            return None
        return entry

    def mark_start(self, call_sid: str, agent: Agent, socket: Socket) -> Entry:
        """Attach the socket of a started stream, and watch its media; a call without a webhook gets its slot here.

        A call whose former socket is dead is released as `lost` first. Raises Taken if it is alive, Full if there is
        no slot.
        """
        entry = self.entries.get(call_sid)
        if entry is not None and entry.socket is not None:
            if not entry.socket.dead:
                raise Taken
            self.release(entry, Cause.LOST)
        elif entry is not None and entry.call is not None:
            raise Taken  # it is being transferred
        entry = self.reserve(call_sid, agent)
        self._tokens.pop(entry.token, None)
        entry.socket, entry.media_at = socket, self.loop.time()
        entry.end_by = entry.media_at + entry.agent.config.server.max_call
        self._watch(entry, self._due(entry))
        return entry

    def touch_media(self, call_sid: str) -> None:
        """Note that the call's sound arrives, which puts off `no_media`."""
        if (entry := self.entries.get(call_sid)) is not None:
            entry.media_at = self.loop.time()

    def release(self, entry: Entry, cause: str) -> bool:
        """Free the slot, remember the cause, and call `released`; False if the slot was free already."""
        if entry.cause:
            return False
        entry.cause = cause
        if entry.timer is not None:
            entry.timer.cancel()
        if self.entries.get(entry.call_sid) is entry:
            del self.entries[entry.call_sid]
        self._tokens.pop(entry.token, None)
        self._slots[entry.agent.config.name] -= 1
        self._callers.ended(entry.agent.config, entry.call_sid, entry.caller, self.loop.time(), entry.reserved_at)
        self.remember(entry.call_sid, cause)
        self.wake(none_left=not self.entries)
        self._released(entry, cause)
        return True

    def _due(self, entry: Entry) -> float:
        """Return when to look at a call again: to ask a quiet peer whether it is there, or to end the call."""
        gone, asks = self._gone_at(entry), entry.media_at + self.limits.media / 2
        return min(gone if self.loop.time() >= asks else asks, entry.end_by)

    def _gone_at(self, entry: Entry) -> float:
        """Return when a call whose sound does not come any more is over."""
        alive = min(entry.alive_at, entry.media_at + self.limits.quiet)
        return max(entry.media_at, alive) + self.limits.media

    def _watch(self, entry: Entry, due: float) -> None:
        if entry.timer is not None:
            entry.timer.cancel()
        entry.timer = Deadline(self.loop, due, self._check, entry)

    def _check(self, entry: Entry) -> None:
        """Raise the alarm that is due, or wait on.

        The timer is not restarted by each media message (50 a second), which only notes its time: when the timer
        fires, the rest of the limit is waited for.
        """
        now = self.loop.time()
        if entry.socket is None:
            self.release(entry, Cause.NEVER_STARTED)
            self._alarm(entry, Cause.NEVER_STARTED)
        elif now >= entry.end_by:
            self._alarm(entry, Cause.MAX_CALL)
        elif now >= self._gone_at(entry):
            self._alarm(entry, Cause.NO_MEDIA)
        else:
            # Some lines send nothing while their caller is quiet: whether the peer is there, its answer tells.
            if now >= entry.media_at + self.limits.media / 2:
                entry.socket.ping(b"quiet")
            self._watch(entry, self._due(entry))
