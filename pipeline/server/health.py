"""How the server is: alive, ready for calls, and what it has counted."""

from __future__ import annotations

from aiohttp import web

from pipeline.server.switchboard import BOARD


async def alive(_: web.Request) -> web.Response:
    """The process runs."""
    return web.Response(text="alive\n")


async def ready(request: web.Request) -> web.Response:
    """The server takes calls."""
    draining = request.app[BOARD].draining
    return web.Response(text="draining\n" if draining else "ready\n", status=503 if draining else 200)


async def metrics(request: web.Request) -> web.Response:
    """What has been counted, for Prometheus."""
    page = request.app[BOARD].metrics.page()
    return web.Response(body=page, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})
