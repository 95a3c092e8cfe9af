"""The handlers of /healthz, /readyz and /metrics."""

from __future__ import annotations

from aiohttp import web

from pipeline.server.switchboard import BOARD
from pipeline.vocabulary import Refusal

WHYS = {Refusal.DRAINING: "no worker", Refusal.MEMORY: "short of memory"}


async def alive(_: web.Request) -> web.Response:
    """Answer 200: the process runs."""
    return web.Response(text="alive\n")


async def ready(request: web.Request) -> web.Response:
    """Answer 200 if the server takes calls, 503 while it drains, has no worker, memory, or outbox to write to."""
    board = request.app[BOARD]
    closed = board.closed
    why = "draining" if board.draining else WHYS[closed] if closed is not None else ""
    if not why and board.delivery is not None and board.delivery.fault:
        why = f"outbox: {board.delivery.fault}"
    return web.Response(text=f"{why or 'ready'}\n", status=503 if why else 200)


async def metrics(request: web.Request) -> web.Response:
    """Answer with the metrics of this process."""
    return shown(request.app[BOARD].metrics.page())


def shown(page: bytes) -> web.Response:
    """Return a response with this page of Prometheus' text format."""
    return web.Response(body=page, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})
