"""The pool of a server's worker processes: every agent is open in each, and a call goes to the least loaded."""

from __future__ import annotations

import asyncio
import socket
from asyncio import Event, Task
from collections.abc import Awaitable
from itertools import count
from typing import Any

from loguru import logger

from pipeline.agent import Agent
from pipeline.config import Config
from pipeline.faults import KavError
from pipeline.records.mending import mend
from pipeline.server.agents import OpenAgents
from pipeline.server.bridge.bridges import Bridge
from pipeline.server.caller_limits import Full
from pipeline.server.entry import Entry
from pipeline.server.options import Options, Workers
from pipeline.server.switchboard import Switchboard
from pipeline.server.workers.load import Load
from pipeline.server.workers.messages import Began, Close, HangUp, Hello, Use
from pipeline.server.workers.process import WorkerProcess, check_system
from pipeline.server.workers.supervisor import RemoteCall, Supervisor
from pipeline.server.workers.totals import Totals
from pipeline.server.workers.transfer import packed
from pipeline.server.workers.watching import RemoteCalls
from pipeline.transfer import Handed
from pipeline.vocabulary import Cause, Refusal

PULSE = 1.0  # seconds between questions to each worker
LEAVING = 10.0  # seconds that a worker has to exit, besides the work after its calls


class Pool(OpenAgents):
    """Keeps the worker processes running, and opens each agent in all of them or in none.

    In this process an agent has a config and no steps. Implements `supervisor.Owner`. Leaving the context ends all
    workers and waits for them. Raises UsageError on a system that has no worker processes.
    """

    def __init__(self, options: Options, workers: Workers) -> None:
        check_system(vars(socket))
        super().__init__()
        self.supervisors = [Supervisor(Hello(number, options, workers), self) for number in range(1, workers.count + 1)]
        self.board: Switchboard | None = None
        self.totals = Totals()
        self._keys: dict[Agent, str] = {}  # the key of each agent in messages
        self._packed: dict[str, bytes] = {}
        self._numbers = count(1)
        self._running: list[Task[None]] = []
        self._left: set[Task[Any]] = set()
        self.load = Load(self.supervisors, lambda: [agent.config for agent in self._keys])

    async def __aenter__(self) -> Pool:
        """Start the workers."""
        self._running = [asyncio.create_task(each.run()) for each in self.supervisors]
        self._pulsing = asyncio.create_task(self._pulse())
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the agents, end the workers, and wait for them."""
        await self.leave(Event())
        await super().__aexit__()
        self._pulsing.cancel()
        await asyncio.wait({*self._running, *self._left, self._pulsing})

    def attach(self, board: Switchboard) -> None:
        """Serve the calls of this switchboard, with its agents, from now on."""
        self.board = board
        board.processes = self
        if board.own_calls is not None:
            board.watching = RemoteCalls(board.registry, self.supervisors, board.own_calls)
        self._use()

    @property
    def closed(self) -> Refusal | None:
        """The reason for which no worker takes a new call; None if one does."""
        return self.load.closed

    async def leave(self, hurry: Event) -> None:
        """Let the workers finish the work after their calls, and wait for their exit; may be called again.

        Each is killed 10 seconds after the longest `server.after_call`, or after `hurry` is set.
        """
        longest = max((agent.config.server.after_call for agent in self._keys), default=0.0)
        await asyncio.gather(*(each.leave(longest, LEAVING, hurry) for each in self.supervisors))

    async def open(self, config: Config) -> Agent:
        """Open an agent in every worker; raises KavError if one of them cannot, or if no worker can be started."""
        agent, key = Agent(config, (), ()), f"{next(self._numbers)} {config.name} {config.hash}"
        self._keys[agent], self._packed[key] = key, packed(config)
        running = [each.process for each in self.supervisors if each.up and each.process]
        opening = (process.open(key, self._packed[key]) for process in running)
        answers = await asyncio.gather(*opening)
        if not answers and self.board is None:
            answers = ["no worker can be started"]
        if why := next(filter(None, answers), ""):
            self.close(agent)
            raise KavError(why)
        return agent

    def close(self, agent: Agent) -> None:
        """Let an agent without calls close in every worker; returns at once."""
        key = self._keys.pop(agent)
        del self._packed[key]
        for supervisor in self.supervisors:
            supervisor.send(Close(key))

    def retire(self, agent: Agent, free: Awaitable[None]) -> None:
        """Tell the workers the present agents, and close the replaced one once `free`, for its last call, is done."""
        self._use()
        super().retire(agent, free)

    def assign(self) -> None:
        """Assign the calls without a worker to workers; if none takes calls, end them as `worker_lost`."""
        assert self.board is not None
        registry = self.board.registry
        for entry in [entry for entry in registry.entries.values() if entry.call is None]:
            if (supervisor := self.load.least()) is None:
                registry.release(entry, Cause.WORKER_LOST)
            else:
                registry.hand_over(entry, supervisor.ring(entry, self._keys[entry.agent]))

    async def prepare(self, supervisor: Supervisor, process: WorkerProcess) -> bool:
        """Open every agent in a new process and make it ready for calls; False, and logged, if one cannot be opened.

        Agents that are opened meanwhile are opened, too: the loop ends when none is missing.
        """
        opened: set[str] = set()
        while missing := [key for key in self._packed if key not in opened]:
            opened.add(missing[0])
            if why := await process.open(missing[0], self._packed[missing[0]]):
                logger.error("WORKER {} cannot be replaced: its new process could not open an agent", supervisor.number)
                for line in why.splitlines():
                    logger.error("{}", line)
                return False
        if self.board is not None:
            supervisor.send(self._used(self.board))
            logger.info("WORKER {} is ready, process {}", supervisor.number, process.pid)
        return True

    def began(self, supervisor: Supervisor, message: Began) -> None:
        """Book a slot for a stream without a webhook in this worker; without a free one, the call is hung up.

        The worker starts such a call before it asks, as the socket is in its process already.
        """
        assert self.board is not None
        registry, agents = self.board.registry, {key: agent for agent, key in self._keys.items()}
        try:
            if message.call_sid in registry.entries:
                raise Full
            entry = registry.reserve(message.call_sid, agents[message.key])
        except Full:
            supervisor.send(HangUp(message.call_sid, Cause.FULL))
            return
        registry.hand_over(entry, RemoteCall(entry.call_sid, supervisor, opened=True))
        supervisor.have(entry)

    def ended(self, entry: Entry, cause: str, handed: Handed | None) -> None:
        """Free the slot of a call that has ended in a worker, or hold it while the call is transferred."""
        assert self.board is not None
        if handed is not None:
            self.board.bridges.hold(entry, handed)
        elif not isinstance(entry.call, Bridge):
            self.board.registry.release(entry, cause)

    def lost(self, supervisor: Supervisor, entries: list[Entry]) -> None:
        """Handle the end of a worker's process: keep its counts, and free or move its calls.

        Calls whose socket it had are lost with it, and their records are mended. The others have no stream yet, and go
        to another worker. A worker that was told to leave loses nothing.
        """
        self.totals.keep(supervisor.page)
        supervisor.page = b""
        board = self.board
        if board is None or supervisor.leaving or (supervisor.renewing and not entries):
            return
        logger.error("WORKER {} was lost, and {} calls with it", supervisor.number, len(entries))
        self.totals.lost += 1
        for entry in entries:
            _part(board, entry, supervisor, self._left)
        self.assign()

    def _use(self) -> None:
        if self.board is not None:
            for supervisor in self.supervisors:
                if supervisor.up:  # `prepare` tells the others, once they have opened the agents
                    supervisor.send(self._used(self.board))

    def _used(self, board: Switchboard) -> Use:
        return Use(tuple(self._keys[agent] for agent in board.agents))

    async def _pulse(self) -> None:
        """Ask each worker once a second: one that hangs is found, and the counts of one that dies are a second old."""
        while True:
            await asyncio.sleep(PULSE)
            if self.board is not None:  # until then the workers may still import, and not answer
                self.load.look()
                await asyncio.gather(*(each.ask(page=True) for each in self.supervisors if each.up))


def _part(board: Switchboard, entry: Entry, supervisor: Supervisor, mending: set[Task[Any]]) -> None:
    """Move a call of a lost worker if it has no stream yet, hold it if it is being transferred, else give it up."""
    call = entry.call
    if not isinstance(call, RemoteCall) or call.supervisor is not supervisor:
        return  # it is being transferred, or is back in another worker
    if call.handed is not None:
        board.bridges.hold(entry, call.handed)
    elif not call.opened:
        entry.call = None
    else:
        _lose(board, entry, mending)


def _lose(board: Switchboard, entry: Entry, mending: set[Task[Any]]) -> None:
    logger.bind(call_sid=entry.call_sid).error("CALL_ENDED cause={}", Cause.WORKER_LOST)
    board.registry.release(entry, Cause.WORKER_LOST)
    task = asyncio.create_task(asyncio.to_thread(mend, entry.agent.config.record, entry.record_sid, Cause.WORKER_LOST))
    mending.add(task)
    task.add_done_callback(mending.discard)
