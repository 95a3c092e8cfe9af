"""The console's pages with a feed that a test tells: no server of calls behind them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiohttp import WSMessage, web

from tests.kit.browser import Page
from tests.kit.static_pages import STATIC, blank_page

SID = f"CA{7:032x}"
NOW = 1_800_000_000.0  # the server's clock
IDLE: Mapping[str, Any] = {"draining": False, "max_calls": 50, "refused": 0, "quotas": [], "blocked": 0.0}


def row(sid: str = SID, **changed: Any) -> dict[str, Any]:
    """A call under way for ten seconds."""
    states = [[0.0, "LISTENING"], [4.0, "THINKING"], [5.0, "SPEAKING"]]
    parties = {"agent": "demo", "caller": "+972500000001", "called": "+97230000001"}
    figures = {"turns": 1, "gap": 0.7, "barge_ins": 0, "faults": 0, "cause": ""}
    return {"sid": sid, **parties, "started": NOW - 10, "state": "SPEAKING", "states": states, **figures, **changed}


def rows(*calls: dict[str, Any], providers: Any = (), now: float = NOW, **changed: Any) -> dict[str, Any]:
    """What the feed says of all calls."""
    return {"now": now, "calls": calls, "providers": providers, **IDLE, **changed}


def snapshot(*events: dict[str, Any], at: float = 0.0, **changed: Any) -> dict[str, Any]:
    """What the feed says first of the watched call."""
    words = ("twilio_serializer", "dedup", "asr.script", "dedup", "pacer")
    steps = [{"place": place, "word": word, "class": word.title()} for place, word in enumerate(words)]
    parties = {"sid": SID, "agent": "demo", "caller": "+972500000001", "called": "+97230000001", "language": "he-IL"}
    state = {"started": NOW - at, "at": at, "state": "LISTENING", "words": True, "cut": 0}
    return {**parties, **state, "steps": steps, "events": events, **changed}


class FedConsole:
    """The server's side: `feeds` are the addresses that were followed, `asked` the actions, `listeners` the sockets."""

    def __init__(self) -> None:
        self.page: Page
        self.feeds: list[str] = []
        self.asked: list[str] = []
        self.refusal = ""  # of an action, in words
        self.listeners: list[web.WebSocketResponse] = []
        self.ended: list[int | None] = []  # the codes with which listeners closed
        self._streams: list[web.StreamResponse] = []
        self.routes = [
            web.get("/console", self._index),
            web.get("/api/agents", self._agents),
            web.get("/api/feed", self._feed),
            web.get("/api/calls/{sid}/listen", self._listen),
            web.post("/api/calls/{sid}/{action}", self._act),
        ]

    async def open(self, sid: str = "") -> None:
        """Go to the page of all calls, or of one, and wait until its feed is followed."""
        place, query, heading = (f"/{sid}", f"?call={sid}", sid) if sid else ("", "", "Calls")
        await self.page.go(f"{await self.page.evaluate('location.origin')}/console#/calls{place}")
        await self.page.until(f"document.querySelector('main h1')?.innerText === '{heading}'")
        await self.until(lambda: self.feeds[-1:] == [f"/api/feed{query}"] and len(self._streams) == len(self.feeds))

    async def say(self, event: str, data: Any) -> None:
        """Send one event to the feed that was opened last."""
        await self._streams[-1].write(f"event: {event}\ndata: {json.dumps(data)}\n\n".encode())

    async def until(self, seen: Any) -> None:
        """Wait until the browser has done something, as the server sees it."""
        async with asyncio.timeout(20):
            while not seen():
                await self.page.evaluate("new Promise(requestAnimationFrame)")

    async def _index(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / "index.html")

    async def _agents(self, request: web.Request) -> web.Response:
        one = {"name": "demo", "language": "he-IL", "numbers": [], "hash": "0", "file": "demo.yaml", "log_words": True}
        return web.json_response({"agents": [one], "editing": False, "version": "0"})

    async def _feed(self, request: web.Request) -> web.StreamResponse:
        self.feeds.append(request.path_qs)
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        self._streams.append(stream)
        await self.say("hello", {"format": 1, "started": NOW - 100, "now": NOW, "version": "0"})
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return stream

    async def _act(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if self.refusal:
            return web.json_response({"error": self.refusal}, status=404)
        return web.Response(status=204)

    async def _listen(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.listeners.append(socket)
        message: WSMessage
        async for message in socket:
            raise AssertionError(f"a listener says nothing, but this one: {message.data!r}")
        self.ended.append(socket.close_code)
        return socket


@asynccontextmanager
async def fed_console(*flags: str) -> AsyncIterator[FedConsole]:
    """A browser, and the server that it sees."""
    console = FedConsole()
    async with blank_page(*flags, routes=console.routes) as page:
        console.page = page
        yield console
