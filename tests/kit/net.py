"""A service on loopback for tools, which notes the requests that it gets and answers as a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiohttp import web

HANGS = web.Response(status=599)  # no answer at all
CUTS = web.Response(status=598)  # the connection is cut after the request

Reply = web.Response


class Seen(NamedTuple):
    """A request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: str


class Service:
    """Where it listens, and what it was asked."""

    def __init__(self, *replies: Reply) -> None:
        self.port = 0
        self.seen: list[Seen] = []
        self.over = asyncio.Event()
        self._replies = iter(replies)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """The next of its replies; the last ones are 200 without a body."""
        self.seen.append(Seen(request.method, request.raw_path, dict(request.headers), await request.text()))
        reply = next(self._replies, web.Response())
        if reply is HANGS:
            await self.over.wait()
        if reply is CUTS and request.transport is not None:
            request.transport.abort()
        # A response can be sent once, and a test may have one for all its cases.
        return web.Response(status=reply.status, headers=reply.headers, body=reply.body)


@asynccontextmanager
async def service(*replies: Reply) -> AsyncIterator[Service]:
    """A service that gives these replies, one after the other."""
    made = Service(*replies)
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", made.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.port = runner.addresses[0][1]
    try:
        yield made
    finally:
        made.over.set()
        await runner.cleanup()


def json(data: Any, status: int = 200) -> web.Response:
    """A reply of JSON."""
    return web.json_response(data, status=status)
