"""The worker's side: a server without a port, which receives its calls and their sockets from the parent."""

from __future__ import annotations

import asyncio
import socket
from asyncio import Event, Queue, Task
from collections.abc import Sequence
from contextlib import AsyncExitStack

from aiohttp import web
from loguru import logger

from pipeline.agent import Agent
from pipeline.faults import KavError
from pipeline.log.setup import set_up
from pipeline.providers import quota
from pipeline.redaction.secrets import learn_environment
from pipeline.server.agents import OpenAgents
from pipeline.server.backlog import keeping
from pipeline.server.entry import Entry
from pipeline.server.http.routes import phones, public
from pipeline.server.interpreter import settle
from pipeline.server.listening import runner
from pipeline.server.rest import ending
from pipeline.server.sockets import take
from pipeline.server.switchboard import Switchboard
from pipeline.server.watchdog import Watchdog
from pipeline.server.workers.channel import Channel
from pipeline.server.workers.lifetime import KillTimer
from pipeline.server.workers.messages import (
    Ask,
    Began,
    Close,
    Ended,
    HangUp,
    Hello,
    Leave,
    Open,
    Opened,
    Ring,
    StopReply,
    Stream,
    Told,
    ToWorker,
    Unwatch,
    Use,
    Watch,
)
from pipeline.server.workers.transfer import unpacked
from pipeline.server.workers.viewers import LocalViewers

LOST = 30.0  # seconds for the work after calls of a worker that has lost its parent
LEAVING = 20.0  # seconds, besides that work, until a leaving worker is killed: more than calls and steps have to end


class WorkerServer:
    """Runs the calls that the parent assigns, and reports their ends; implements `switchboard.Ledger`.

    A lost parent counts as `Leave`. Needs a running loop.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._inbox: Queue[ToWorker] = Queue()
        gone = Leave(LOST)
        self._channel = Channel(sock, ToWorker, self._inbox.put_nowait, lambda: self._inbox.put_nowait(gone))
        self._agents: dict[str, Agent] = {}
        self._opening: dict[str, Task[None]] = {}
        self._kill_timer = KillTimer(asyncio.get_running_loop())
        self._watched = False

    async def work(self) -> None:
        """Handle the parent's messages in order until `Leave`, then end the calls and close the agents."""
        hello = await self._inbox.get()
        if not isinstance(hello, Hello):
            return
        self._settle(hello)
        async with AsyncExitStack() as stack:
            self._stack = stack
            self._open_agents = await stack.enter_async_context(OpenAgents())
            self._board = board = Switchboard((), hello.options, await ending(stack, hello.options), ledger=self)
            stack.push_async_callback(asyncio.to_thread, board.recorder.close)
            await stack.enter_async_context(keeping(board))
            self._viewers = LocalViewers(board.own_calls, self._channel.send)
            servers = [(await runner(stack, app)).server for app in (public(board), phones(board))]
            stack.push_async_callback(board.leave)
            while not isinstance(message := await self._inbox.get(), Leave):
                await self._heard(message, servers)
            self._kill_timer.set_deadline(LEAVING + message.working)
            for opening in self._opening.values():
                opening.cancel()
            await self._leave(message, board)
        self._channel.close()

    async def _leave(self, leave: Leave, board: Switchboard) -> None:
        hurry = Event()

        async def listen() -> None:
            message: ToWorker = leave
            while not (isinstance(message, Leave) and message.hurry):
                message = await self._inbox.get()
            hurry.set()

        listening = asyncio.create_task(listen())
        await board.leave(hurry)
        listening.cancel()

    def began(self, entry: Entry) -> None:
        """Tell the parent that a stream without a webhook has a slot here and needs one there."""
        key = next((key for key, agent in self._agents.items() if agent is entry.agent), "")
        self._channel.send(Began(key, entry.call_sid))

    def ended(self, entry: Entry, cause: str) -> None:
        """Tell the parent that a call has ended."""
        handed = entry.call.handed if entry.call is not None else None
        self._channel.send(Ended(entry.call_sid, cause, handed, entry.before))

    def _settle(self, hello: Hello) -> None:
        workers = hello.workers
        learn_environment()
        set_up(workers.level, as_json=workers.as_json)
        logger.configure(extra={"worker": hello.number})
        quota.divide(workers.count)

    def _begin(self) -> None:
        """Start the watchdog and the kill timer at the first `Use`: before that there are no calls to be delayed."""
        if not self._watched:
            self._watched = True
            self._stack.enter_context(Watchdog(self._board.blocked))
            self._kill_timer.renew(2 * self._board.options.limits.silent)

    async def _heard(self, message: ToWorker, servers: Sequence[web.Server | None]) -> None:
        match message:
            case Open():
                self._opening[message.key] = asyncio.create_task(self._open(message))
            case Use(keys=keys):
                self._board.agents = tuple(self._agents[key] for key in keys)
                self._begin()
                settle()
            case Close(key=key):
                self._close(key)
            case Ring():
                self._ring(message)
            case Stream(head=head, phone=phone):
                await take(servers[phone], socket.socket(fileno=self._channel.files.popleft()), head)
            case HangUp(call_sid=call_sid, cause=cause):
                self._hang_up(call_sid, cause)
            case StopReply(call_sid=call_sid):
                if (entry := self._board.registry.entries.get(call_sid)) is not None and entry.call is not None:
                    entry.call.interrupt()
            case Watch() | Unwatch():
                self._viewers.heard(message)
            case Ask(number=number, page=page):
                self._tell(number, self._board.metrics.page() if page else b"")

    def _tell(self, number: int, page: bytes) -> None:
        entries = self._board.registry.entries.values()
        causes = {it.call_sid: it.call.cause for it in entries if it.call is not None and it.call.cause}
        handed = {it.call_sid: it.call.handed for it in entries if it.call is not None and it.call.handed is not None}
        self._channel.send(Told(number, causes, page, self._viewers.digest(), handed))

    async def _open(self, message: Open) -> None:
        error = ""
        try:
            config = await asyncio.to_thread(unpacked, message.packed_config)
            self._agents[message.key] = await self._open_agents.open(config)
        except KavError as failed:
            error = str(failed)
        finally:  # also when cancelled: the parent waits for an answer
            self._channel.send(Opened(message.key, error))

    def _close(self, key: str) -> None:
        if (opening := self._opening.pop(key, None)) is not None:
            opening.cancel()
        if (agent := self._agents.pop(key, None)) is not None:
            self._open_agents.close(agent)

    def _ring(self, ring: Ring) -> None:
        registry = self._board.registry
        entry = Entry(ring.call_sid, self._agents[ring.key], registry.loop.time(), ring.within)
        entry.token, entry.secret = ring.token, ring.secret
        entry.caller, entry.called = ring.caller, ring.called
        entry.before, entry.memory = ring.before, ring.memory
        registry.book(entry)

    def _hang_up(self, call_sid: str, cause: str) -> None:
        entry = self._board.registry.entries.get(call_sid)
        if entry is not None and entry.call is not None:
            entry.call.hang_up(cause)
        elif entry is not None:
            self._board.registry.release(entry, cause)
