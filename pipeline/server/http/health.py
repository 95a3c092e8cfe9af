"""The handlers of /healthz, /readyz and /metrics."""

from __future__ import annotations

from aiohttp import web

from pipeline.server.switchboard import BOARD


async def alive(_: web.Request) -> web.Response:
    """Answer 200: the process runs."""
    return web.Response(text="alive\n")


async def ready(request: web.Request) -> web.Response:
    """Answer 200 if the server takes calls, 503 while it drains or has no worker."""
    board = request.app[BOARD]
    why = "draining" if board.draining else "" if board.processes.take_calls else "no worker"
    return web.Response(text=f"{why or 'ready'}\n", status=503 if why else 200)


async def metrics(request: web.Request) -> web.Response:
    """Answer with the metrics of this process."""
    return shown(request.app[BOARD].metrics.page())


def shown(page: bytes) -> web.Response:
    """Return a response with this page of Prometheus' text format."""
    return web.Response(body=page, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})
