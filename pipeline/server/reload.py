"""Hot reload: a changed config without faults answers the next call; running calls keep the config that they have.

The files' stamps (time and size) are polled once a second, which works on every file system. A change is used once it
is the same at two checks in a row, because editors save in several steps.
"""

from __future__ import annotations

import asyncio
from asyncio import Event, Future, Task
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TypeVar

from loguru import logger

from pipeline.agent import Agent
from pipeline.config import Config, Loader, distinct
from pipeline.faults import ConfigError, KavError
from pipeline.file_stamps import Stamp, stamps
from pipeline.server.agents import OpenAgents
from pipeline.server.switchboard import Switchboard


class Outcome(NamedTuple):
    """The outcome of a reload for one config: if its file is in use as it is now, and that in a sentence."""

    used: bool
    text: str


Outcomes = tuple[Outcome, ...]  # in the order of the agents
Files = dict[Path, Stamp]
Made = TypeVar("Made")


class Reloader:
    """Replaces a server's agents when the files of their configs change.

    `loaders` read the configs of the agents, in the same order; `every` is the seconds between checks.
    """

    def __init__(self, board: Switchboard, open_agents: OpenAgents, loaders: Sequence[Loader], every: float) -> None:
        self.board = board
        self.open_agents = open_agents
        self.loaders = tuple(loaders)
        self.every = every
        self._read: list[Files] = [agent.config.files for agent in board.agents]  # when each was loaded
        self._seen: list[Files] = []  # stamps at the last check
        # The error that was logged for each config that cannot be used, with the stamps then; -1: for all together.
        self._told: dict[int, tuple[Files, str]] = {}
        self._asked = Event()
        self._asking: list[Future[Outcomes]] = []

    async def __aenter__(self) -> Reloader:
        """Start the checks."""
        self._running = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._running.cancel()
        await asyncio.wait((self._running,))
        self._answer((), len(self._asking))

    def ask(self) -> Future[Outcomes]:
        """Load every config at once, also if no file has changed; the result is empty if the server stops first."""
        self._asked.set()
        self._asking.append(asyncio.get_running_loop().create_future())
        return self._asking[-1]

    async def look(self) -> None:
        """Load every config if a file has changed since it was loaded, but not since the last check."""
        now = await asyncio.to_thread(lambda: [stamps(files) for files in self._read])
        still, self._seen = now == self._seen, now
        if still and now != self._read:
            await self.reload()

    async def reload(self) -> Outcomes:
        """Load every config, replace the agents of those that changed and have no faults, and return the outcomes.

        If the new configs contradict each other, as by the same number twice, all agents stay.
        """
        before = self.board.agents
        found = [await self._found(place, old) for place, old in enumerate(before)]
        changed = [(old, new) for old, new in zip(before, found, strict=True) if old is not new]
        try:
            distinct([agent.config for agent in found])
        except ConfigError as error:
            self._refused(-1, error, "all configs go on as they were")
            for _, new in changed:
                self.open_agents.close(new)
            return self._outcomes(before)
        self._told.pop(-1, None)
        self.board.agents = tuple(found)
        for old, new in changed:
            self._replaced(old, new)
        if not changed and not self._told:
            logger.info("RELOAD nothing has changed")
        return self._outcomes(before)

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self.every):
                    await self._asked.wait()
            if self._asked.is_set():
                self._asked.clear()
                self._told.clear()  # a reload on request logs every error again
                asking = len(self._asking)  # those that ask meanwhile wait for the next one
                self._answer(await self.reload(), asking)
            else:
                await self.look()

    def _answer(self, outcomes: Outcomes, count: int) -> None:
        """Give the outcomes of a reload to the first `count` of those that asked for one."""
        answered, self._asking = self._asking[:count], self._asking[count:]
        for each in answered:
            if not each.done():  # a request that is gone has cancelled it
                each.set_result(outcomes)

    def _outcomes(self, before: Sequence[Agent]) -> Outcomes:
        return tuple(self._outcome(place, old) for place, old in enumerate(before))

    def _outcome(self, place: int, old: Agent) -> Outcome:
        config = self.board.agents[place].config
        if told := self._told.get(-1) or self._told.get(place):
            return Outcome(False, f"{config.name} {config.hash} goes on as it was: {told[1]}")
        if self.board.agents[place] is old:
            return Outcome(True, f"{config.name} {config.hash} goes on: nothing has changed that a call would notice")
        packages = f"; {', '.join(config.own.packages)} changes with a restart" if config.own.packages else ""
        return Outcome(True, f"{config.name} {config.hash} answers the next call{packages}")

    async def _found(self, place: int, old: Agent) -> Agent:
        """Return an agent of the config as it is now; the old one if the config is the same or has faults."""
        stays = f"{old.config.name} {old.config.hash} goes on"
        limit = old.config.server.open_timeout
        loaded = await _settled(asyncio.create_task(asyncio.to_thread(self.loaders[place])), limit)
        if isinstance(loaded, BaseException):
            files = loaded.files if isinstance(loaded, ConfigError) else stamps(self._read[place])
            self._read[place] = files
            self._refused(place, loaded, stays)
            return old
        self._read[place] = loaded.files
        if _same(loaded, old.config):
            self._told.pop(place, None)
            return old
        opened = await _settled(asyncio.create_task(self.open_agents.open(loaded)))
        if isinstance(opened, BaseException):
            self._refused(place, opened, stays)
            return old
        self._told.pop(place, None)
        return opened

    def _refused(self, place: int, error: BaseException, stays: str) -> None:
        """Log and count a config that cannot be used, once for each error and state of its files."""
        text = str(error) if isinstance(error, KavError) else f"{type(error).__name__}: {error}"
        told = ({} if place < 0 else self._read[place], text)
        if self._told.get(place) != told:
            self._told[place] = told
            self.board.metrics.reload_failed()
            for line in (f"RELOAD_FAILED {stays}", *text.splitlines()):  # the log escapes line breaks
                logger.error("{}", line)

    def _replaced(self, old: Agent, new: Agent) -> None:
        config, calls = new.config, sum(entry.agent is old for entry in self.board.registry.entries.values())
        logger.info("RELOADED {} {}, was {} with {} calls left", config.name, config.hash, old.config.hash, calls)
        if config.own.packages:
            logger.warning("RELOADED without {}: packages change with a restart", ", ".join(config.own.packages))
        self.open_agents.retire(old, self.board.registry.free(old))


async def _settled(task: Task[Made], limit: float | None = None) -> Made | BaseException:
    """Return the result or the error of a task: the server survives any error of a config's file or plug-in.

    A task that is not done within `limit` seconds is left behind: the code of a plug-in's file cannot be stopped.
    """
    try:
        await asyncio.wait((task,), timeout=limit)
    except asyncio.CancelledError:
        task.cancel()
        raise
    if not task.done():
        task.add_done_callback(lambda late: late.cancelled() or late.exception())  # read, so that asyncio is content
        return KavError(f"its files, with the code of plug-ins, are not read after {limit:g} s (`server.open_timeout`)")
    return task.exception() or task.result()


def _same(one: Config, other: Config) -> bool:
    return (one.hash, one.name) == (other.hash, other.name)
