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
from pipeline.console.session import Told
from pipeline.server.http.routes import Page
from pipeline.server.registry import Entry
from pipeline.vocabulary import Cause

LISTENERS = 4  # at a time
BATCHES = 50  # that may wait for a listener that does not read: 5 s


def routes(console: Console) -> list[web.RouteDef]:
    """Return the routes of the actions."""

    async def interrupt(request: web.Request) -> web.Response:
        entry = under_way(console, request)
        assert entry.call is not None
        entry.call.interrupt()
        _log(entry, "INTERRUPT by the console")
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def hang_up(request: web.Request) -> web.Response:
        entry = under_way(console, request)
        assert entry.call is not None
        _log(entry, "HANG_UP by the console")
        entry.call.hang_up(Cause.OPERATOR)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    return [
        web.post("/api/calls/{sid}/interrupt", interrupt),
        web.post("/api/calls/{sid}/hangup", hang_up),
        web.get("/api/calls/{sid}/listen", _listening(console), allow_head=False),
    ]


def under_way(console: Console, request: web.Request) -> Entry:
    """Return the entry of the call that a path names; raises Told (404) if it is not under way."""
    entry = console.board.registry.entries.get(request.match_info["sid"])
    if entry is None or entry.call is None:
        raise Told(HTTPStatus.NOT_FOUND, "this call is not under way", "it has ended: its report is under Past")
    return entry


def pieces(batch: bytes) -> Iterator[bytes]:
    """Yield the pieces of sound of a watch's delivery: the byte of a side, and mu-law."""
    at = 0
    while at < len(batch):
        end = at + 3 + int.from_bytes(batch[at + 1 : at + 3], "big")
        yield batch[at : at + 1] + batch[at + 3 : end]
        at = end


def _listening(console: Console) -> Page:
    listeners: set[web.WebSocketResponse] = set()

    async def listen(request: web.Request) -> web.StreamResponse:
        entry = under_way(console, request)
        if len(listeners) >= LISTENERS:
            raise Told(HTTPStatus.SERVICE_UNAVAILABLE, f"{LISTENERS} listen already")
        ws = web.WebSocketResponse(compress=False, heartbeat=20.0)
        await ws.prepare(request)
        listeners.add(ws)
        _log(entry, "LISTENING by the console")
        try:
            await _listen(console, entry.call_sid, ws)
        finally:
            listeners.discard(ws)
        return ws

    return listen


async def _listen(console: Console, call_sid: str, ws: web.WebSocketResponse) -> None:
    waiting: deque[bytes] = deque(maxlen=BATCHES)
    ready = Event()

    def take(batch: bytes) -> None:
        waiting.append(batch)
        ready.set()

    watch = console.watching.watch(call_sid, take, sound=True)
    sending = asyncio.create_task(_send(ws, waiting, ready))
    try:
        async for _ in ws:  # until the page closes it, or `_send` does
            pass
    finally:
        watch.close()
        sending.cancel()
        await asyncio.wait((sending,))


async def _send(ws: web.WebSocketResponse, waiting: deque[bytes], ready: Event) -> None:
    """Send the pieces of sound as they come; an empty batch is the end of the call."""
    while True:
        await ready.wait()
        ready.clear()
        while waiting:
            if not (batch := waiting.popleft()):
                await ws.close()
                return
            for piece in pieces(batch):
                await ws.send_bytes(piece)


def _log(entry: Entry, words: str) -> None:
    logger.bind(call_sid=entry.call_sid).info("{} call_sid={}", words, entry.call_sid)
