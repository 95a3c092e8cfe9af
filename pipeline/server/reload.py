"""Reload: a config that was changed, and is clean, answers the next call; calls go on with what they began with.

Files are looked at by their time and size, once a second: that works on every file system, and is early enough for
whoever edits one. A change counts once it has stood still from one look to the next, as editors save in steps.
"""

from __future__ import annotations

import asyncio
from asyncio import Event, Task
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from loguru import logger

from pipeline.agent import Agent
from pipeline.config import Config, Loader, distinct
from pipeline.faults import ConfigError, KavError
from pipeline.server.agents import OpenAgents
from pipeline.server.switchboard import Switchboard
from pipeline.stamps import Stamp, stamps

Files = dict[Path, Stamp]
Made = TypeVar("Made")


class Reloader:
    """Keeps the agents of a server as their files say; `loaders` read the configs of its agents, in their order."""

    def __init__(self, board: Switchboard, open_agents: OpenAgents, loaders: Sequence[Loader], every: float) -> None:
        self.board = board
        self.open_agents = open_agents
        self.loaders = tuple(loaders)
        self.every = every
        self._read: list[Files] = [agent.config.files for agent in board.agents]  # when they were last loaded
        self._seen: list[Files] = []
        self._told: dict[int, tuple[Files, str]] = {}  # what was said of which config that stays as it was
        self._asked = Event()

    async def __aenter__(self) -> Reloader:
        """Look at the files from now on."""
        self._running = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._running.cancel()
        await asyncio.wait((self._running,))

    def ask(self) -> None:
        """Load everything again at once."""
        self._asked.set()

    async def look(self) -> None:
        """Load everything again if a file is not what it was, and has not changed since the last look."""
        now = await asyncio.to_thread(lambda: [stamps(files) for files in self._read])
        still, self._seen = now == self._seen, now
        if still and now != self._read:
            await self.reload()

    async def reload(self) -> None:
        """Load every config; those that are good and not what they were take their agents' places, all or none."""
        before = self.board.agents
        found = [await self._found(place, old) for place, old in enumerate(before)]
        changed = [(old, new) for old, new in zip(before, found, strict=True) if old is not new]
        try:
            distinct([agent.config for agent in found])
        except ConfigError as error:
            self._refused(-1, error, "all configs go on as they were")
            for _, new in changed:
                self.open_agents.close(new)
            return
        self._told.pop(-1, None)
        self.board.agents = tuple(found)
        for old, new in changed:
            self._replaced(old, new)
        if not changed and not self._told:
            logger.info("RELOAD nothing has changed")

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self.every):
                    await self._asked.wait()
            if self._asked.is_set():
                self._asked.clear()
                self._told.clear()  # who asks is told again
                await self.reload()
            else:
                await self.look()

    async def _found(self, place: int, old: Agent) -> Agent:
        """The agent that a config makes now: the old one if it is the same, or is faulty."""
        stays = f"{old.config.name} {old.config.hash} goes on"
        loaded = await _outcome(asyncio.create_task(asyncio.to_thread(self.loaders[place])))
        if isinstance(loaded, BaseException):
            files = loaded.files if isinstance(loaded, ConfigError) else stamps(self._read[place])
            self._read[place] = files
            self._refused(place, loaded, stays)
            return old
        self._read[place] = loaded.files
        if _same(loaded, old.config):
            self._told.pop(place, None)
            return old
        opened = await _outcome(asyncio.create_task(self.open_agents.open(loaded)))
        if isinstance(opened, BaseException):
            self._refused(place, opened, stays)
            return old
        self._told.pop(place, None)
        return opened

    def _refused(self, place: int, error: BaseException, stays: str) -> None:
        """Say, once for each state of the files, why something is not used."""
        text = str(error) if isinstance(error, KavError) else f"{type(error).__name__}: {error}"
        told = ({} if place < 0 else self._read[place], text)
        if self._told.get(place) != told:
            self._told[place] = told
            self.board.metrics.reload_failed()
            for line in (f"RELOAD_FAILED {stays}", *text.splitlines()):  # a record each, as a line break would be shown
                logger.error("{}", line)

    def _replaced(self, old: Agent, new: Agent) -> None:
        config, calls = new.config, sum(entry.agent is old for entry in self.board.registry.entries.values())
        logger.info("RELOADED {} {}, was {} with {} calls left", config.name, config.hash, old.config.hash, calls)
        if config.own.packages:
            logger.warning("RELOADED without {}: packages change with a restart", ", ".join(config.own.packages))
        self.open_agents.retire(old, self.board.registry.free(old))


async def _outcome(task: Task[Made]) -> Made | BaseException:
    """What a task gives or raises: whatever a file or a processor of one's own does, the server goes on."""
    try:
        await asyncio.wait((task,))
    except asyncio.CancelledError:
        task.cancel()
        raise
    return task.exception() or task.result()


def _same(one: Config, other: Config) -> bool:
    return (one.hash, one.name) == (other.hash, other.name)
