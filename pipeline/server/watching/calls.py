"""The calls of this process as viewers see them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.call import Call, Count, Kind
from pipeline.providers import quota
from pipeline.providers.breaker import Breaker
from pipeline.server.entry import RESERVED, Entry
from pipeline.server.registry import Registry
from pipeline.server.watching.row import Row
from pipeline.server.watching.watch import Sink, Watch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.agent import Agent
    from pipeline.server.stream.socket import MediaSocket


UNSTARTED = {"state": RESERVED, "states": [], "turns": 0, "gap": None, "barge_ins": 0, "faults": 0, "cause": ""}
"""The figures of a call whose stream has not started."""


class Watching(Protocol):
    """The calls of a server, of this process or of its workers."""

    def digest(self) -> dict[str, Any]:
        """Return the rows of all calls, the breakers and the quotas, as plain data."""

    def watch(self, call_sid: str, sink: Sink, *, sound: bool = False) -> Closing:
        """Deliver a call to a viewer, see `Watch`; raises LookupError if no call has this sid."""


class Closing(Protocol):
    """A watch that can be closed."""

    def close(self) -> None:
        """Deliver nothing more."""


class WatchedCalls:
    """The rows of the calls of this process, and the watches on them; implements `Watching`."""

    def __init__(
        self, registry: Registry, agents: Callable[[], Iterable[Agent]], refused: Callable[[], int] = int
    ) -> None:
        self._registry = registry
        self._agents, self._refused = agents, refused
        self._rows: dict[str, Row] = {}
        self._early: dict[str, list[Watch]] = {}  # on calls whose stream has not started
        self._blocked = 0.0

    def counts(self, entry: Entry, others: Mapping[Kind, Count]) -> dict[Kind, Count]:
        """Return the counters of this entry's new call, with others besides; `began` has to follow."""
        row = self._rows[entry.call_sid] = Row(entry.agent.config.steps)
        return row.counts(others)

    def began(self, call: Call, line: MediaSocket) -> None:
        """Take a call that begins, with its socket; watches that came before it begin, too."""
        row = self._rows[call.sid]
        row.begin(call, line)
        for watch in self._early.pop(call.sid, ()):
            watch.begin(row)

    def ended(self, call_sid: str, cause: str) -> None:
        """Forget a call whose slot is free; the watches on one that never started end."""
        self._rows.pop(call_sid, None)
        for watch in self._early.pop(call_sid, ()):
            watch.over(cause)

    def blocked(self, seconds: float) -> None:
        """Note that the event loop was blocked."""
        self._blocked = max(self._blocked, seconds)

    def watch(self, call_sid: str, sink: Sink, *, sound: bool = False) -> Watch:
        if call_sid not in self._registry.entries:
            raise LookupError(call_sid)
        watch = Watch(sink, sound)
        if (row := self._rows.get(call_sid)) is not None:
            watch.begin(row)
        else:
            early = self._early.setdefault(call_sid, [])
            early.append(watch)
            watch.leave = partial(early.remove, watch)
        return watch

    def digest(self) -> dict[str, Any]:
        blocked, self._blocked = self._blocked, 0.0
        limiters = {limiter.name: limiter.shares for limiter in quota.in_use()}
        return {
            "calls": [self._row(entry) for entry in self._registry.entries.values()],
            "providers": [each for agent in self._agents() for each in _providers(agent, self._registry.loop.time())],
            "quotas": [
                {"name": name, "limit": limit, "used": round(share, 3)}
                for name, shares in limiters.items()
                for limit, share in shares.items()
            ],
            "blocked": round(blocked, 3),
            "refused": self._refused(),
        }

    def _row(self, entry: Entry) -> dict[str, Any]:
        row = self._rows.get(entry.call_sid)
        waited = self._registry.loop.time() - entry.reserved_at
        return {
            "sid": entry.call_sid,
            "agent": entry.agent.config.name,
            "caller": entry.caller,
            "called": entry.called,
            "started": row.started if row is not None else round(time.time() - waited, 3),
            **(row.figures() if row is not None else UNSTARTED),
        }


def _providers(agent: Agent, now: float) -> Iterable[dict[str, Any]]:
    for breaker in agent.breakers:
        yield {
            "agent": agent.config.name,
            "provider": breaker.provider,
            "state": breaker.state,
            "left": _left(breaker, now),
        }


def _left(breaker: Breaker, now: float) -> float | None:
    left = breaker.rests_for(now)
    return None if left is None else round(left, 1)
