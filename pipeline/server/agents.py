"""The open agents of one server: those that take new calls, and replaced ones that finish their last calls."""

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
    """Opens agents and closes them; leaving the context closes all and waits.

    Each agent is kept open by a task of its own, because a context manager must be left by the task that entered it.
    """

    def __init__(self) -> None:
        self._over: dict[Agent, Event] = {}
        self._open: set[Task[None]] = set()
        self._leaving: set[Task[None]] = set()

    async def open(self, config: Config) -> Agent:
        """Open an agent, which stays open until `close`; an error of any of its steps is raised as KavError."""
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
        """Let an agent without calls close; returns at once."""
        self._over[agent].set()

    def retire(self, agent: Agent, free: Awaitable[None]) -> None:
        """Close a replaced agent once `free`, which waits for the end of its last call, is done; returns at once."""

        async def leave() -> None:
            await free
            self.close(agent)

        task = asyncio.create_task(leave())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def __aenter__(self) -> OpenAgents:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every agent, replaced ones without a wait for their last calls, and wait until all are closed."""
        for task in self._leaving:
            task.cancel()
        for over in self._over.values():
            over.set()
        while left := (self._open | self._leaving):
            await asyncio.wait(left)

    async def _keep(self, config: Config, opened: Future[Agent]) -> None:
        def stuck(error: KavError) -> None:  # the task is left behind: no stop of the server waits for it
            opened.set_exception(error)
            self._open.discard(keeping)

        keeping = asyncio.current_task()
        async with Agent.open(config, stuck) as agent:
            if opened.done():
                return
            over = self._over[agent] = Event()
            opened.set_result(agent)
            await over.wait()
            del self._over[agent]

    def _closed(self, config: Config, opened: Future[Agent], task: Task[None]) -> None:
        self._open.discard(task)
        if not opened.done() or opened.exception() or task.cancelled():  # it never opened: `open` raises the error
            return
        error = task.exception()
        logger.opt(exception=error).log("ERROR" if error else "DEBUG", "CLOSED {} {}", config.name, config.hash)


def _why(config: Config, error: BaseException | None) -> KavError:
    """Return a KavError for an agent that cannot be opened; an unexpected error's traceback is logged at DEBUG."""
    if isinstance(error, KavError):
        return error
    logger.opt(exception=error).debug("{} cannot be opened", config.path)
    return KavError(f"{config.path}: a step cannot be opened: {type(error).__name__}: {error}")
