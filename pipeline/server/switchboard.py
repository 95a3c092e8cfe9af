"""The switchboard: what the pages of one server share."""

from __future__ import annotations

import asyncio
from asyncio import Task
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from aiohttp import web
from loguru import logger

from pipeline import limiter
from pipeline.record import Recorder
from pipeline.server.line import Line
from pipeline.server.metrics import Metrics
from pipeline.server.options import Options
from pipeline.server.registry import Entry, Registry
from pipeline.server.signature import Signature

if TYPE_CHECKING:
    from pipeline.agent import Agent
    from pipeline.call import Watcher

LEAVING = 4.0  # seconds that calls get to end when the server does

EndCall = Callable[[str], Awaitable[object]]


class Switchboard:
    """The agents of one server and the calls that they have.

    `base_url` is where Twilio reaches the server, `end_call` ends a call by its sid when no stream can, `watchers` see
    what happens in every call, `lines` are the open sockets, `unstarted` those of them that have not said `start`.
    """

    def __init__(
        self,
        agents: Sequence[Agent],
        options: Options,
        end_call: EndCall | None = None,
        watchers: tuple[Watcher, ...] = (),
    ) -> None:
        self.agents = tuple(agents)
        self.options = options
        self.watchers = watchers
        self.base_url = options.public_base_url or f"http://{options.host}:{options.port}"
        self.end_call = end_call
        self.signature = Signature(options.auth_token)
        loop = asyncio.get_running_loop()
        self.registry = Registry(loop, self._alarm, self._released, options.limits)
        breakers = [it for agent in self.agents for it in agent.breakers]
        self.metrics = Metrics(self.registry.states, breakers, limiter.in_use(), loop)
        self.recorder = Recorder()
        self.lines: set[Line] = set()
        self.unstarted: set[Line] = set()
        self.draining = False
        self._tasks: set[Task[object]] = set()

    def agent_for(self, called: str) -> Agent:
        """The agent whose config names this number; else one that takes any, else the first."""
        for agent in self.agents:
            if called in agent.config.numbers:
                return agent
        return next((agent for agent in self.agents if not agent.config.numbers), self.agents[0])

    def refuse(self, error: web.HTTPException, reason: str) -> web.HTTPException:
        """Count a request that is not taken; gives the error back, to be raised."""
        self.metrics.refused(reason)
        logger.debug("REFUSED {} with HTTP {}", reason, error.status)
        return error

    async def end_calls(self) -> None:
        """Take no more calls, end those that are left, and wait until they have ended."""
        self.draining = True
        for entry in tuple(self.registry.entries.values()):
            if entry.call is not None:
                entry.call.hang_up("shutdown")
            else:
                self.registry.release(entry, "shutdown")
        for line in tuple(self.lines):
            line.close(1001, "shutdown")
        try:
            async with asyncio.timeout(LEAVING):
                await self.registry.idle()
        except TimeoutError:
            logger.error("LATE {} calls did not end within {} s", len(self.registry.entries), LEAVING)

    async def leave(self) -> None:
        """End every call, write what is still to be recorded, and let go of everything."""
        await self.end_calls()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self.recorder.close)

    def _alarm(self, entry: Entry, cause: str) -> None:
        logger.bind(call_sid=entry.call_sid).warning("ALARM {} call_sid={}", cause, entry.call_sid)
        if entry.call is not None:
            entry.call.hang_up(cause)
        elif self.end_call is not None:
            task = asyncio.ensure_future(self.end_call(entry.call_sid))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _released(self, entry: Entry, cause: str) -> None:
        self.metrics.ended(cause)
        if entry.call is None:  # there was no stream whose record could say so
            config = entry.agent.config
            record = self.recorder.open(config.record, entry.call_sid, entry.reserved_at, config)
            if record is not None:
                record.close(self.registry.loop.time(), cause)


BOARD = web.AppKey("board", Switchboard)
