"""The feed of a page: server-sent events on all calls, and on one in full.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import time
from asyncio import Event, TimerHandle
from collections import deque
from http import HTTPStatus
from typing import Any

from aiohttp import hdrs, web

from pipeline.console.console import Console
from pipeline.console.patience import has_gone, patience
from pipeline.console.session import refused
from pipeline.server.watching.server_sent import framed
from pipeline.server.watching.watch import ending
from pipeline.vocabulary import Refusal

EVERY = 1.0  # seconds between the rows
VIEWERS = 8  # feeds at a time
DELIVERIES = 50  # that may wait for a slow viewer: 5 s of a watched call; the oldest are dropped


class Viewer:
    """One page's feed: deliveries that wait to be written; the oldest are dropped for one that does not read."""

    def __init__(self) -> None:
        self.waiting: deque[bytes] = deque()
        self.lost = 0
        self.ready = Event()

    def put(self, delivery: bytes) -> None:
        """Take a delivery; never waits."""
        if len(self.waiting) >= DELIVERIES:
            self.waiting.popleft()
            self.lost += 1
        self.waiting.append(delivery)
        self.ready.set()

    def take(self) -> bytes:
        """Return what waits, and that some is missing."""
        self.ready.clear()
        lost = [framed("lost", {"count": self.lost})] if self.lost else []
        taken = b"".join((*lost, *self.waiting))
        self.waiting.clear()
        self.lost = 0
        return taken


class Viewers:
    """The pages that watch, each with its request: once a second all get the same rows, which are made once."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._requests: dict[Viewer, web.Request] = {}
        self._timer: TimerHandle | None = None

    @property
    def count(self) -> int:
        """The number of those that are there: a page that has gone is noticed at the next write to it."""
        return sum(not has_gone(request) for request in self._requests.values())

    def add(self, viewer: Viewer, request: web.Request) -> None:
        """Take a page that comes."""
        self._requests[viewer] = request
        if self._timer is None:
            self._wait()

    def remove(self, viewer: Viewer) -> None:
        """Let a page go."""
        del self._requests[viewer]
        if not self._requests and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(EVERY, self._tell)

    def _tell(self) -> None:
        self._wait()
        delivery = framed("rows", rows(self._console))
        for viewer in self._requests:
            viewer.put(delivery)


def routes(console: Console) -> list[web.RouteDef]:
    """Return the route of the feed."""
    viewers = Viewers(console)

    async def feed(request: web.Request) -> web.StreamResponse:
        if viewers.count >= VIEWERS:
            many = f"{VIEWERS} pages watch already"
            raise refused(request, HTTPStatus.SERVICE_UNAVAILABLE, Refusal.VIEWERS, many, "close one of them")
        viewer = Viewer()
        viewers.add(viewer, request)
        watch = None
        try:
            response = await _opened(request)
            viewer.put(framed("hello", console.hello()))
            viewer.put(framed("rows", rows(console)))
            watch = _watch(console, request.query.get("call", ""), viewer)
            await _write(console, request, response, viewer)
            return response
        finally:
            viewers.remove(viewer)
            if watch is not None:
                watch.close()

    return [web.get("/api/feed", feed, allow_head=False)]


def rows(console: Console) -> dict[str, Any]:
    """Return the overview as plain data."""
    board = console.board
    return {
        "now": round(time.time(), 3),
        "draining": board.closed is not None,
        "max_calls": sum(agent.config.server.max_calls for agent in board.agents),
        **console.watching.digest(),
    }


async def _opened(request: web.Request) -> web.StreamResponse:
    headers = {hdrs.CONTENT_TYPE: "text/event-stream", "X-Accel-Buffering": "no", hdrs.CACHE_CONTROL: "no-store"}
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    return response


def _watch(console: Console, call_sid: str, viewer: Viewer) -> Any:
    if not call_sid:
        return None
    try:
        return console.watching.watch(call_sid, viewer.put)
    except LookupError:
        viewer.put(ending(console.board.registry.cause_of(call_sid), sound=False))
        return None


async def _write(console: Console, request: web.Request, response: web.StreamResponse, viewer: Viewer) -> None:
    """Write deliveries as they come, the rows once a second at least, until the page has gone or the server stops."""
    while not console.over.is_set() and not has_gone(request):
        await viewer.ready.wait()
        async with patience(request):
            await response.write(viewer.take())
