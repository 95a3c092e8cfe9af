"""The console's static files on loopback, under their policy, without a server of calls behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from pipeline.console import static
from tests.kit.browser import Page, browsing

STATIC = static.FOLDER
BLANK = '<!doctype html><html lang="en"><title>blank</title>'


@asynccontextmanager
async def static_files(routes: list[web.RouteDef] | None = None) -> AsyncIterator[int]:
    """The files below `/static/`, an empty page at `/`, and `routes`; gives the port."""
    app = web.Application()
    app.on_response_prepare.append(static.protect)
    shipped = [web.get("/favicon.ico", static.icon), web.get("/static/{path:.+}", static.file)]
    app.add_routes([web.get("/", _blank), *shipped, *(routes or [])])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@asynccontextmanager
async def blank_page(
    *flags: str, microphone: Path | None = None, host: str = "127.0.0.1", routes: list[web.RouteDef] | None = None
) -> AsyncIterator[Page]:
    """A page without anything on it, from which the modules of `/static/` can be imported; `routes` are added."""
    async with static_files(routes) as port, browsing(*flags, microphone=microphone) as browser:
        yield await browser.page(f"http://{host}:{port}/")


async def _blank(request: web.Request) -> web.Response:
    return web.Response(text=BLANK, content_type="text/html")
