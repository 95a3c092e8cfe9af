"""The handlers of a server with workers, among them the hand-over of a media stream's socket to a worker."""

from __future__ import annotations

import asyncio
import os
from functools import partial

from aiohttp import web

from pipeline.server.bridge import pages as bridge
from pipeline.server.entry import Entry
from pipeline.server.http import health, webhook
from pipeline.server.http.routes import Pages
from pipeline.server.stream.admission import check_signature, check_upgrade, claim
from pipeline.server.switchboard import BOARD
from pipeline.server.workers.messages import Stream
from pipeline.server.workers.pool import Pool
from pipeline.server.workers.supervisor import RemoteCall, Supervisor
from pipeline.vocabulary import Refusal


def pages(pool: Pool) -> Pages:
    """Return the handlers of a server with this pool."""
    return Pages(
        incoming_call=partial(incoming_call, pool),
        call_ended=call_ended,
        returned=partial(returned, pool),
        media=partial(media, pool),
        phone=partial(phone, pool),
        metrics=partial(metrics, pool),
    )


async def incoming_call(pool: Pool, request: web.Request) -> web.Response:
    """Answer an incoming call as a server without workers does, and assign the call to a worker.

    The worker gets the agent of this moment: a reload before the stream opens does not change it.
    """
    answer = await webhook.incoming_call(request)
    pool.assign()
    return answer


async def call_ended(request: web.Request) -> web.Response:
    """Answer after the end of a stream, once the worker was asked for the cause.

    The worker knows the cause before the call's end is complete and reported, and the answer depends on it.
    """
    form = await webhook.read(request)
    entry = request.app[BOARD].registry.entries.get(form.get("CallSid", ""))
    if entry is not None and isinstance(entry.call, RemoteCall):
        await entry.call.supervisor.ask()
    return await bridge.call_ended(request)


async def returned(pool: Pool, request: web.Request) -> web.Response:
    """Answer the return of a caller as a server without workers does, and assign the call to a worker."""
    answer = await bridge.returned(request)
    pool.assign()
    return answer


async def media(pool: Pool, request: web.Request) -> web.StreamResponse:
    """Pass the connection of a media stream to the worker of its call, which then answers the request.

    Raises HTTP 400, 403 or 503, counted as a refusal, if the stream is not allowed or no worker takes calls.
    """
    check_upgrade(request.app[BOARD], request)
    check_signature(request.app[BOARD], request)
    return await _pass_on(pool, request, phone=False)


async def phone(pool: Pool, request: web.Request) -> web.StreamResponse:
    """Do the same for a stream of the console's phone, whose session stands for Twilio's signature."""
    check_upgrade(request.app[BOARD], request)
    return await _pass_on(pool, request, phone=True)


async def _pass_on(pool: Pool, request: web.Request, phone: bool) -> web.StreamResponse:
    board, transport = request.app[BOARD], request.transport
    entry = claim(board, request)
    supervisor = _opened(entry) if entry is not None else pool.load.least()
    if supervisor is None:
        raise board.refuse(request, web.HTTPServiceUnavailable(), Refusal.UNSTARTED)
    if transport is not None:
        # A connection lives while any process has a descriptor of it. A duplicate goes to the worker, and `abort`
        # closes ours without a write or a shutdown, which would be seen by the peer.
        supervisor.send(Stream(_head(request), phone), os.dup(transport.get_extra_info("socket").fileno()))
        transport.abort()
    return web.Response()


async def metrics(pool: Pool, request: web.Request) -> web.Response:
    """Answer with the metrics of all processes, added up; a worker that is late has those of its last report."""
    await asyncio.gather(*(each.ask(page=True) for each in pool.supervisors if each.up))
    own, up = request.app[BOARD].metrics.page(), [each for each in pool.supervisors if each.up]
    return health.shown(pool.totals.page([own, *(each.page for each in up)], len(up)))


def _opened(entry: Entry) -> Supervisor | None:
    if not isinstance(entry.call, RemoteCall):
        return None
    entry.call.opened = True
    return entry.call.supervisor


def _head(request: web.Request) -> bytes:
    """Return the request line and headers as bytes, for the worker to parse again."""
    version = request.version
    first = f"{request.method} {request.raw_path} HTTP/{version.major}.{version.minor}".encode()
    return b"\r\n".join([first, *(name + b": " + value for name, value in request.raw_headers), b"", b""])
