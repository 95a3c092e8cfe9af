"""Actions on a call under way: stop the reply, hang up, listen."""

from __future__ import annotations

import asyncio
from asyncio import Event
from collections import deque
from collections.abc import Iterator
from http import HTTPStatus

from aiohttp import web
from loguru import logger

from pipeline.console.console import Console
from pipeline.console.patience import patience
from pipeline.console.session import Told, refused
from pipeline.server.entry import Held
from pipeline.server.http.routes import Page
from pipeline.vocabulary import Cause, Refusal

LISTENERS = 4  # at a time
CLOSING = 1.0  # seconds until a page has answered our close frame
BATCHES = 50  # that may wait for a listener that does not read: 5 s


def routes(console: Console) -> list[web.RouteDef]:
    """Return the routes of the actions."""

    async def interrupt(request: web.Request) -> web.Response:
        call_sid, call = under_way(console, request)
        call.interrupt()
        _log(call_sid, "INTERRUPT by the console")
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def hang_up(request: web.Request) -> web.Response:
        call_sid, call = under_way(console, request)
        _log(call_sid, "HANG_UP by the console")
        call.hang_up(Cause.OPERATOR)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    return [
        web.post("/api/calls/{sid}/interrupt", interrupt),
        web.post("/api/calls/{sid}/hangup", hang_up),
        web.get("/api/calls/{sid}/listen", _listening(console), allow_head=False),
    ]


def under_way(console: Console, request: web.Request) -> tuple[str, Held]:
    """Return the call that a path names, and its sid; raises Told (404) if it is not under way."""
    entry = console.board.registry.entries.get(request.match_info["sid"])
    if entry is None or entry.call is None:
        raise Told(HTTPStatus.NOT_FOUND, "this call is not under way", "it has ended: its report is under Past")
    return entry.call_sid, entry.call


def pieces(batch: bytes) -> Iterator[bytes]:
    """Yield the pieces of sound of a watch's delivery: the byte of a side, and mu-law."""
    at = 0
    while at < len(batch):
        end = at + 3 + int.from_bytes(batch[at + 1 : at + 3], "big")
        yield batch[at : at + 1] + batch[at + 3 : end]
        at = end


class Listener:
    """A page that listens to a call: sound that waits to be sent, the oldest dropped if the page does not read."""

    def __init__(self) -> None:
        self.ws = web.WebSocketResponse(compress=False, heartbeat=20.0, timeout=CLOSING)
        self._waiting: deque[bytes] = deque(maxlen=BATCHES)
        self._ready = Event()

    def put(self, batch: bytes) -> None:
        """Take a delivery of a watch; never waits."""
        self._waiting.append(batch)
        self._ready.set()

    async def listen(self, request: web.Request) -> None:
        """Send what comes until the call ends, the page closes the socket, or does not read for 5 seconds."""
        await self.ws.prepare(request)
        sending = asyncio.create_task(self._send(request))
        try:
            async for _ in self.ws:
                pass
        finally:
            sending.cancel()
            await asyncio.wait((sending,))

    async def _send(self, request: web.Request) -> None:
        while not self.ws.closed:
            await self._ready.wait()
            self._ready.clear()
            async with patience(request):
                await self._deliver()

    async def _deliver(self) -> None:
        """Send the pieces of sound that wait; an empty batch is the end of the call."""
        while self._waiting and not self.ws.closed:
            if not (batch := self._waiting.popleft()):
                await self.ws.close()
            for piece in pieces(batch):
                await self.ws.send_bytes(piece)


def _listening(console: Console) -> Page:
    listeners: set[Listener] = set()

    async def listen(request: web.Request) -> web.StreamResponse:
        call_sid, _ = under_way(console, request)
        if len(listeners) >= LISTENERS:
            many = f"{LISTENERS} pages listen already"
            raise refused(request, HTTPStatus.SERVICE_UNAVAILABLE, Refusal.VIEWERS, many, "close one of them")
        listener = Listener()
        listeners.add(listener)
        watch = console.watching.watch(call_sid, listener.put, sound=True)
        _log(call_sid, "LISTENING by the console")
        try:
            await listener.listen(request)
        finally:
            watch.close()
            listeners.discard(listener)
        return listener.ws

    return listen


def _log(call_sid: str, words: str) -> None:
    logger.bind(call_sid=call_sid).info("{} call_sid={}", words, call_sid)
