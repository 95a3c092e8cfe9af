"""What a server with workers answers itself, and how a media stream gets to the worker that has its call."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

from pipeline.server.http import health, webhook
from pipeline.server.http.routes import Pages
from pipeline.server.registry import Entry
from pipeline.server.switchboard import BOARD, Switchboard
from pipeline.server.workers.messages import Stream
from pipeline.server.workers.supervisor import Lent, Seat
from pipeline.twilio import messages
from pipeline.vocabulary import Refusal

if TYPE_CHECKING:
    from pipeline.server.workers.pool import Crew


def pages(crew: Crew) -> Pages:
    """The pages of a server with this crew."""
    return Pages(
        incoming_call=partial(incoming_call, crew),
        call_ended=call_ended,
        media=partial(media, crew),
        metrics=partial(metrics, crew),
    )


async def incoming_call(crew: Crew, request: web.Request) -> web.Response:
    """A call rings: it has a worker from now on, who opens its stream with the config of this moment."""
    answer = await webhook.incoming_call(request)
    crew.ring(request.app[BOARD])
    return answer


async def call_ended(request: web.Request) -> web.Response:
    """The stream is over: why, the worker knows sooner than it has ended the call."""
    form = await webhook.read(request)
    entry = request.app[BOARD].registry.entries.get(form.get("CallSid", ""))
    if entry is not None and isinstance(entry.call, Lent):
        await entry.call.seat.ask()
    return await webhook.call_ended(request)


async def media(crew: Crew, request: web.Request) -> web.StreamResponse:
    """Hand the socket of a media stream to the worker that has its call, which answers the request."""
    board, transport = request.app[BOARD], request.transport
    if request.can_read_body or not web.WebSocketResponse(protocols=(messages.SUBPROTOCOL,)).can_prepare(request):
        raise board.refuse(web.HTTPBadRequest(text="a WebSocket is expected here"), Refusal.PROTOCOL)
    if not board.signature.upgrade(request, board.base_url):
        raise board.refuse(web.HTTPForbidden(), Refusal.SIGNATURE)
    seat = _seat(crew, board, request)
    if seat is None:
        raise board.refuse(web.HTTPServiceUnavailable(), Refusal.UNSTARTED)
    if transport is not None:
        seat.send(Stream(_head(request)), os.dup(transport.get_extra_info("socket").fileno()))
        transport.abort()  # closes this process' file of the socket, and says nothing on it
    return web.Response()


async def metrics(crew: Crew, request: web.Request) -> web.Response:
    """What all processes have counted, for Prometheus."""
    await asyncio.gather(*(seat.ask(page=True) for seat in crew.seats if seat.up))
    own, up = request.app[BOARD].metrics.page(), [seat for seat in crew.seats if seat.up]
    return health.shown(crew.totals.page([own, *(seat.page for seat in up)], len(up)))


def _seat(crew: Crew, board: Switchboard, request: web.Request) -> Seat | None:
    """The worker that gets this stream; raises HTTP 403 or 503 for one that none should get."""
    token = request.match_info.get("token", "")
    entry = board.registry.claim(token) if token else None
    if entry is None and (token or board.options.auth_token):
        raise board.refuse(web.HTTPForbidden(), Refusal.TOKEN)
    if entry is not None:
        return _opened(entry)
    if board.draining:
        raise board.refuse(web.HTTPServiceUnavailable(), Refusal.DRAINING)
    return crew.least_loaded()


def _opened(entry: Entry) -> Seat | None:
    if not isinstance(entry.call, Lent):
        return None
    entry.call.opened = True
    return entry.call.seat


def _head(request: web.Request) -> bytes:
    """The request as it came."""
    version = request.version
    first = f"{request.method} {request.raw_path} HTTP/{version.major}.{version.minor}".encode()
    return b"\r\n".join([first, *(name + b": " + value for name, value in request.raw_headers), b"", b""])
