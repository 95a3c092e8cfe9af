"""The one module that touches the package `mcp`: a session with a server, its list of tools, and a use of one."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx2
from anyio import BrokenResourceError, ClosedResourceError
from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import (
    CONNECTION_CLOSED,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    CallToolResult,
    TextContent,
    ToolListChangedNotification,
)
from pydantic import ValidationError

from abilities.mcp.schema import Listed
from abilities.mcp.settings import McpSettings
from pipeline.faults import FAILURES

TIMES = httpx2.Timeout(None, connect=1.0)  # seconds; the time of a use is that of its tool
PAGES = 20  # pages of a list of tools

# Mistakes of the package's own are among them: a link that were given up for one would never be back.
_MISTAKES = (LookupError, TypeError, AttributeError, ClosedResourceError, BrokenResourceError)
ERRORS = (*FAILURES, MCPError, httpx2.HTTPError, ValidationError, ExceptionGroup, *_MISTAKES)
"""What a session can raise when it is opened, used, or lost."""

REFUSED = (INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND)  # nothing was done


class Lost(Exception):
    """The session has ended."""


class Answered(Exception):
    """The server answered with an error of the protocol; `refused`: it has done nothing."""

    def __init__(self, text: str, refused: bool) -> None:
        super().__init__(text)
        self.refused = refused


class Session:
    """A session with a server."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def listed(self) -> list[Listed]:
        """Return the tools that the server has."""
        found: list[Listed] = []
        cursor: str | None = None
        for _ in range(PAGES):
            page = await self._client.list_tools(cursor=cursor)
            found += [Listed(each.name, each.description or "", each.input_schema) for each in page.tools]
            if not (cursor := page.next_cursor):
                break
        return found

    async def use(self, name: str, arguments: dict[str, Any]) -> CallToolResult:
        """Use a tool. Raises Lost if the session ends, and Answered for an error of the protocol."""
        try:
            return await self._client.call_tool(name, arguments)
        except MCPError as error:
            if error.code == CONNECTION_CLOSED or error.message == "Session terminated":
                raise Lost(str(error)) from error
            raise Answered(error.message, error.code in REFUSED) from error
        except ERRORS as error:
            # An answer that does not fit the schema of results, or that asks for what Kav does not offer.
            raise Answered(f"an answer that cannot be read: {type(error).__name__}", refused=False) from error


@asynccontextmanager
async def session(
    settings: McpSettings, ended: Callable[[], None], changed: Callable[[], None]
) -> AsyncIterator[Session]:
    """Open a session; `ended` is called when it has ended, `changed` when the server says that its tools have."""

    async def heard(message: Any) -> None:
        if isinstance(message, ToolListChangedNotification):
            changed()

    async with AsyncExitStack() as stack:
        way = await stack.enter_async_context(_way(settings, ended))
        client = Client(way, cache=None, message_handler=heard)
        yield Session(await stack.enter_async_context(client))


def texts(result: CallToolResult) -> str:
    """Return the texts of a result; images, sound and links are left out."""
    return "\n".join(each.text for each in result.content if isinstance(each, TextContent))


@asynccontextmanager
async def _way(settings: McpSettings, ended: Callable[[], None]) -> AsyncIterator[Any]:
    """Yield the transport of a session."""
    if settings.url:
        async with httpx2.AsyncClient(headers=settings.headers, timeout=TIMES, trust_env=False) as http:
            yield _noticed(streamable_http_client(settings.url, http_client=http), ended)
        return
    program, *arguments = settings.command
    server = StdioServerParameters(command=program, args=arguments, env=settings.env)
    # What it says on its standard error is beside what Kav says on its own, if that is a file.
    yield _noticed(stdio_client(server, errlog=sys.__stderr__ or sys.stderr), ended)


@asynccontextmanager
async def _noticed(transport: Any, ended: Callable[[], None]) -> AsyncIterator[Any]:
    async with transport as (read, write):
        yield _Noticed(read, ended), write


class _Noticed:
    """A stream of what a server says, whose end is noticed at once, whether or not a use is under way."""

    def __init__(self, stream: Any, ended: Callable[[], None]) -> None:
        self._stream, self._ended = stream, ended

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    async def __aenter__(self) -> _Noticed:
        await self._stream.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> Any:
        self._ended()
        return await self._stream.__aexit__(*error)

    def __aiter__(self) -> _Noticed:
        return self

    async def __anext__(self) -> Any:
        return await self._stream.__anext__()
