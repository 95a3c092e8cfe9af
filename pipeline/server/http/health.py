"""How the server is: alive, ready for calls, and what it has counted."""

from __future__ import annotations

from aiohttp import web

from pipeline.server.switchboard import BOARD


async def alive(_: web.Request) -> web.Response:
    """The process runs."""
    return web.Response(text="alive\n")


async def ready(request: web.Request) -> web.Response:
    """The server takes calls."""
    board = request.app[BOARD]
    why = "draining" if board.draining else "" if board.has_workers() else "no worker"
    return web.Response(text=f"{why or 'ready'}\n", status=503 if why else 200)


async def metrics(request: web.Request) -> web.Response:
    """What has been counted, for Prometheus."""
    return shown(request.app[BOARD].metrics.page())


def shown(page: bytes) -> web.Response:
    """A page of metrics as an answer."""
    return web.Response(body=page, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})
