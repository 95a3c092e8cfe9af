"""The link to a server: one session for all calls, opened before the first, and again whenever it is lost."""

from __future__ import annotations

import asyncio
from asyncio import Future
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from loguru import logger
from mcp_types import CallToolResult

from abilities.mcp import client
from abilities.mcp.client import Lost, Session
from abilities.mcp.schema import Listed, pin
from abilities.mcp.settings import McpSettings
from pipeline.faults import KavError, clipped
from pipeline.tool import ToolRefused

START = 0.9  # seconds that a start waits for a server
FIRST, LONGEST = 0.5, 30.0  # seconds of the first and the longest pause between two attempts to connect
OPENING = 30.0  # seconds for an attempt: a program may have to be fetched
LOOK = 15.0  # seconds between two looks at the list of tools, which find a server that has gone, too
PATIENCE = 5.0  # seconds for a list of tools

Hear = Callable[[Mapping[str, Listed]], None]


class Link:
    """One session with a server, kept by the task that runs `keep`."""

    def __init__(self, settings: McpSettings) -> None:
        self._settings = settings
        self._name = settings.name or settings.url or settings.command[0]
        self._session: Session | None = None
        self._listed: Mapping[str, Listed] | None = None  # the allowed tools; None: not yet known
        self._heard: list[Hear] = []
        self._awake = asyncio.Event()  # the session has ended, or its tools are said to have changed
        self._tried: Future[None] = asyncio.get_running_loop().create_future()  # an attempt after a loss has ended
        self._warned = ""  # pin of the tools of which it was warned
        self._opened = 0  # sessions so far
        self._error = "no answer yet"

    def tell(self, hear: Hear) -> None:
        """Call `hear` once, with the allowed tools that the server has, when these are known."""
        self._heard.append(hear)
        # Not at once: the tool that hears it is only being made.
        asyncio.get_running_loop().call_soon(self._told)

    async def use(self, name: str, arguments: dict[str, Any], until: float | None) -> CallToolResult:
        """Use a tool; with a loop time, once more on a new session, if there is one by then.

        Raises ToolRefused, at once, while there is no session, Lost if it ends, and Answered.
        """
        session = self._session
        if session is None:
            raise ToolRefused("the service is not there now")
        try:
            return await session.use(name, arguments)
        except Lost:
            if self._session is session:
                self._end()
            if until is None:
                raise
            await asyncio.wait({self._tried}, timeout=until - asyncio.get_running_loop().time())
            if self._session is None:
                raise
        return await self._session.use(name, arguments)

    async def keep(self) -> None:
        """Keep a session, until cancelled."""
        pause = FIRST
        while True:
            opened = self._opened
            try:
                await self._one()
            except (*client.ERRORS, Lost) as error:
                self._error = clipped(_said(error), 200)
            self._end()
            if self._opened > opened:
                pause = FIRST
                logger.warning("MCP {} is gone: {}; its tools are refused until it is back", self._name, self._error)
            else:
                self._settle()
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST)

    async def started(self) -> None:
        """Wait a moment for the first session; without it, say so and go on."""
        await asyncio.wait({self._tried}, timeout=START)
        if self._session is None:
            text = "MCP {} is not there: {}; its tools are not offered until it is"
            logger.warning(text, self._name, self._error)

    async def _one(self) -> None:
        """Open a session, and look at its tools until it ends. Raises the error by which it does."""
        opening = asyncio.timeout(OPENING)
        async with opening, client.session(self._settings, self._end, self._awake.set) as session:
            self._adopt(await session.listed())
            opening.reschedule(None)
            self._session, self._opened = session, self._opened + 1
            self._settle()
            logger.info("MCP {} is there", self._name)
            while True:
                await self._wait(session)
                async with asyncio.timeout(PATIENCE):
                    self._adopt(await session.listed())

    async def _wait(self, session: Session) -> None:
        """Wait until it is time to look at the tools; raises Lost if the session has ended."""
        self._awake.clear()
        waiting = asyncio.ensure_future(self._awake.wait())
        try:
            await asyncio.wait({waiting}, timeout=LOOK)
        finally:
            waiting.cancel()
        if self._session is not session:
            raise Lost("it has closed the connection")

    def _settle(self) -> None:
        if not self._tried.done():
            self._tried.set_result(None)

    def _end(self) -> None:
        """Note that the session has ended: from now on uses are refused."""
        if self._session is not None:
            self._session, self._tried = None, asyncio.get_running_loop().create_future()
            self._awake.set()

    def _adopt(self, found: list[Listed]) -> None:
        """Take the server's tools for those of this link, if they are the first and those of its pin."""
        allowed = {each.name: each for each in found if each.name in self._settings.allow}
        now = pin(allowed.values())
        if self._listed is None and self._settings.pin in ("", now):
            self._listed, self._warned = allowed, now
            self._told()
        elif now != self._warned:
            self._warned = now
            if self._listed is None:
                text = "MCP {} has other tools than those of its `pin`: theirs is {}, and they are not offered"
            else:
                text = "MCP {} has changed its tools, to those of the pin {}: they stay as they are until a reload"
            logger.warning(text, self._name, now)

    def _told(self) -> None:
        while self._listed is not None and self._heard:
            self._heard.pop()(self._listed)


@asynccontextmanager
async def linked(settings: McpSettings) -> AsyncIterator[Link]:
    """Open the link to a server, which may be down; close it at the end."""
    link = Link(settings)
    task = asyncio.create_task(link.keep(), name=f"mcp {settings.name}")
    try:
        await link.started()
        yield link
    finally:
        task.cancel()
        await asyncio.wait({task})


async def asked(settings: McpSettings) -> list[Listed]:
    """Return the tools that a server has now, over a session of its own. Raises KavError if it gives none."""
    try:
        async with client.session(settings, lambda: None, lambda: None) as session:
            return await session.listed()
    except client.ERRORS as error:
        raise KavError(_said(error)) from error


def _said(error: BaseException) -> str:
    """Return the words of an error, of the first one in a group of them."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error) or type(error).__name__
