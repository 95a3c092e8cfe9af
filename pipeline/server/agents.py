"""The agents that are open in one server: those that take calls, and those that only finish theirs."""

from __future__ import annotations

import asyncio
from asyncio import Event, Future, Task
from collections.abc import Awaitable
from functools import partial

from loguru import logger

from pipeline.agent import Agent
from pipeline.config import Config
from pipeline.faults import KavError


class OpenAgents:
    """Keeps agents open, each in a task of its own: what opens something has to be what closes it."""

    def __init__(self) -> None:
        self._over: dict[Agent, Event] = {}
        self._open: set[Task[None]] = set()
        self._leaving: set[Task[None]] = set()

    async def open(self, config: Config) -> Agent:
        """Open an agent, which stays so until it is closed; raises KavError, whatever a step of it raises."""
        opened: Future[Agent] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._keep(config, opened))
        self._open.add(task)
        task.add_done_callback(partial(self._closed, config, opened))
        try:
            await asyncio.wait((task, opened), return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if not opened.done():
            raise _why(config, task.exception())
        return opened.result()

    def close(self, agent: Agent) -> None:
        """Close an agent that has no calls, without waiting for it."""
        self._over[agent].set()

    def retire(self, agent: Agent, free: Awaitable[None]) -> None:
        """Close an agent as soon as its last call has ended, which `free` waits for."""

        async def leave() -> None:
            await free
            self.close(agent)

        task = asyncio.create_task(leave())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def __aenter__(self) -> OpenAgents:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every agent, and wait for it."""
        for task in self._leaving:
            task.cancel()
        for over in self._over.values():
            over.set()
        while left := (self._open | self._leaving):
            await asyncio.wait(left)

    async def _keep(self, config: Config, opened: Future[Agent]) -> None:
        async with Agent.open(config) as agent:
            over = self._over[agent] = Event()
            opened.set_result(agent)
            await over.wait()
            del self._over[agent]

    def _closed(self, config: Config, opened: Future[Agent], task: Task[None]) -> None:
        self._open.discard(task)
        if not opened.done() or task.cancelled():  # it never opened
            return
        error = task.exception()
        logger.opt(exception=error).log("ERROR" if error else "DEBUG", "CLOSED {} {}", config.name, config.hash)


def _why(config: Config, error: BaseException | None) -> KavError:
    """Why an agent cannot be opened, in a sentence."""
    if isinstance(error, KavError):
        return error
    logger.opt(exception=error).debug("{} cannot be opened", config.path)
    return KavError(f"{config.path}: a step cannot be opened: {type(error).__name__}: {error}")
