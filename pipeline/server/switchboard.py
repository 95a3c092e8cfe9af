"""The switchboard: the state that the request handlers of one server share."""

from __future__ import annotations

import asyncio
from asyncio import Event, Task
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from aiohttp import web
from loguru import logger

from pipeline.after.delivery import Delivery
from pipeline.after.outbox import Outbox
from pipeline.after_call import AfterCalls
from pipeline.log.throttle import Throttle
from pipeline.providers import quota
from pipeline.records.recorder import Record, Recorder
from pipeline.server import memory
from pipeline.server.address import Address
from pipeline.server.bridge.bridges import Bridges
from pipeline.server.directory import Directory
from pipeline.server.entry import Entry, Held
from pipeline.server.http.forgers import Forgers
from pipeline.server.metrics import Metrics
from pipeline.server.options import Options
from pipeline.server.refusals import Refusals, Why
from pipeline.server.registry import Registry
from pipeline.server.sockets import Sockets
from pipeline.server.stream.socket import MediaSocket
from pipeline.server.watching.calls import WatchedCalls, Watching
from pipeline.twilio.signature import Signature
from pipeline.vocabulary import Cause, Refusal

if TYPE_CHECKING:
    from pipeline.agent import Agent
    from pipeline.call import Watcher
    from pipeline.config import Config
    from pipeline.providers.breaker import Breaker

LEAVING = 4.0  # seconds that calls get to end when the server does

EndCall = Callable[[str], Awaitable[object]]


class Ledger(Protocol):
    """The interface to the parent of a worker process, which keeps the slots and counts the ends of all calls."""

    def began(self, entry: Entry) -> None:
        """Note that a stream without a webhook got a slot."""

    def ended(self, entry: Entry, cause: str) -> None:
        """Note that a call's slot was released."""


class Processes(Protocol):
    """The processes that run the calls."""

    @property
    def closed(self) -> Refusal | None:
        """The reason for which none of them takes a new call; None if one does."""

    def assign(self) -> None:
        """Give the calls that have none a process."""

    async def leave(self, hurry: Event) -> None:
        """Let worker processes finish and exit; `hurry` shortens the wait."""


class ThisProcess:
    """The process of the server, which runs all of its calls itself."""

    def __init__(self, configs: Callable[[], Iterable[Config]]) -> None:
        self._configs = configs

    @property
    def closed(self) -> Refusal | None:
        """The reason for which it takes no new call: it is short of memory."""
        return Refusal.MEMORY if memory.is_short(memory.resident(), self._configs()) else None

    def assign(self) -> None:
        """Do nothing: each call is here already."""

    async def leave(self, hurry: Event) -> None:
        """Do nothing: there is no worker."""


class Switchboard(Directory):
    """The agents of one server and their calls.

    `base_url` is the server's public URL, `admin_url` that of its admin listener if it has one, `listeners` are the
    addresses of all listeners by their options, `end_call` ends a call
    without a stream by its sid, `watchers` get every event of every call, `lines` are the open sockets, `unstarted`
    those of them that have not sent `start`, `reports` throttles the log of Twilio's reports on unknown calls. New
    calls are refused while it is `draining`, or while no process of `processes` takes any. `own_calls` are those
    of this process for viewers, `watching` all of the server, None unless `options.watched`. Needs a running loop.
    """

    draining = False
    outbox: Outbox | None = None  # in a process with calls that act
    delivery: Delivery | None = None  # in the process that delivers

    def __init__(
        self,
        agents: Sequence[Agent],
        options: Options,
        end_call: EndCall | None = None,
        watchers: tuple[Watcher, ...] = (),
        ledger: Ledger | None = None,
    ) -> None:
        super().__init__(agents)
        self.options, self.watchers = options, watchers
        self.base_url, self.admin_url = options.public_base_url or f"http://{options.host}:{options.port}", ""
        self.end_call, self.listeners = end_call, dict[str, Address]()
        self.signature = Signature(options.auth_token)
        loop = asyncio.get_running_loop()
        self._ledger = ledger
        self.registry = Registry(loop, self._alarm, self._released, options.limits, ledger.began if ledger else None)
        self.metrics = Metrics(self.registry.states, self._breakers, quota.in_use, self._configs, loop)
        self.refusals, self.reports, self.forgers = Refusals(self.metrics.refused), Throttle(loop), Forgers(loop.time)
        self.recorder, self.after_calls, self.sockets = Recorder(), AfterCalls(), Sockets()
        self.bridges = Bridges(self.registry, self.metrics)
        self.lines, self.unstarted = set[MediaSocket](), set[MediaSocket]()
        self.processes: Processes = ThisProcess(self._configs)
        self._tasks = set[Task[object]]()
        self.own_calls = self._watched() if options.watched else None
        self.watching: Watching | None = self.own_calls

    def refuse(
        self,
        request: web.BaseRequest,
        error: web.HTTPException,
        reason: Refusal,
        why: Why | Callable[[], Why] | None = None,
        kind: str = "",
    ) -> web.HTTPException:
        """Count and log a refused request (see `Refusals.add`), and return the error for the caller to raise."""
        self.refusals.add(request, reason, why, kind)
        return error

    @property
    def closed(self) -> Refusal | None:
        """The reason for which no new call is taken: the server drains, has no worker, or is short of memory."""
        return Refusal.DRAINING if self.draining else self.processes.closed

    def record(self, entry: Entry, started: float) -> Record | None:
        """Open the record of a call that began at this loop time; None if its config has no `record.folder`."""
        config = entry.agent.config
        return self.recorder.open(config.record, entry.record_sid, started, config, entry.caller, entry.called)

    def left(self, entry: Entry, call: Held) -> None:
        """Free the slot of a call whose stream has ended; it is held if the call is being transferred.

        The parent of a worker holds it, and gets the transfer with the end. A call that is back already has another.
        """
        if call.handed is not None and self._ledger is None:
            self.bridges.hold(entry, call.handed)
        elif entry.call is call:
            self.registry.release(entry, call.cause)

    async def end_calls(self) -> None:
        """Take no more calls, end those that are left, and wait for their ends, 4 seconds at most."""
        self.draining = True
        for entry in tuple(self.registry.entries.values()):
            if entry.call is not None:
                entry.call.hang_up(Cause.SHUTDOWN)
            else:
                self.registry.release(entry, Cause.SHUTDOWN)
        for line in tuple(self.lines):
            line.close(1001, Cause.SHUTDOWN)
        try:
            async with asyncio.timeout(LEAVING):
                await self.registry.idle()
        except TimeoutError:
            logger.error("LATE {} calls did not end within {} s", len(self.registry.entries), LEAVING)

    async def leave(self, hurry: Event | None = None) -> None:
        """End every call and wait for the work after it, cancel the switchboard's tasks, and write the records' rest.

        May be called again. `hurry` shortens the wait, if it is set or is going to be.
        """
        await self.end_calls()
        hurry = hurry or Event()
        await self.after_calls.worked(hurry, LEAVING)
        await self.processes.leave(hurry)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.refusals.close()
        self.reports.close()
        await asyncio.to_thread(self.recorder.close)

    def blocked(self, seconds: float) -> None:
        """Note for how many seconds the event loop was blocked."""
        self.metrics.blocked(seconds)
        if self.own_calls is not None:
            self.own_calls.blocked(seconds)

    def _watched(self) -> WatchedCalls:
        return WatchedCalls(self.registry, lambda: self.agents, lambda: self.metrics.refusals)

    def _breakers(self) -> Iterator[Breaker]:
        return (breaker for agent in self.agents for breaker in agent.breakers)

    def _configs(self) -> Iterator[Config]:
        return (agent.config for agent in self.agents)

    def _alarm(self, entry: Entry, cause: str) -> None:
        logger.bind(call_sid=entry.call_sid).warning("ALARM {} call_sid={}", cause, entry.call_sid)
        if entry.call is not None:
            entry.call.hang_up(cause)
        elif self.end_call is not None:
            task = asyncio.ensure_future(self.end_call(entry.call_sid))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _released(self, entry: Entry, cause: str) -> None:
        if self.own_calls is not None and entry.call_sid not in self.registry.entries:  # else it is back already
            self.own_calls.ended(entry.call_sid, cause)
        if self.delivery is not None:
            self.delivery.wake(entry.call_sid)
        if self._ledger is not None:
            self._ledger.ended(entry, cause)
        else:
            self.metrics.ended(cause, entry.agent.config)
        if entry.call is None:  # without a stream, nothing else would record the call
            record = self.record(entry, entry.reserved_at)
            if record is not None:
                record.close(self.registry.loop.time(), cause)


BOARD = web.AppKey("board", Switchboard)
