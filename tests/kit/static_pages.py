"""The console's static files on loopback, under its policy, without a server of calls behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.kit.browser import Page, browsing

STATIC = Path(__file__).parents[2] / "pipeline/console/static"
POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types lit-html"
)
BLANK = '<!doctype html><html lang="en"><meta charset="utf-8"><title>blank</title><link rel="icon" href="/icon">'


@asynccontextmanager
async def static_files(routes: list[web.RouteDef] | None = None) -> AsyncIterator[int]:
    """The files below `/static/`, an empty page at `/`, and `routes`; gives the port."""
    app = web.Application(middlewares=[_policy])
    app.add_routes([web.get("/", _blank), web.get("/icon", _nothing), web.static("/static", STATIC), *(routes or [])])
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


@web.middleware
async def _policy(request: web.Request, handler: Handler) -> web.StreamResponse:
    answer = await handler(request)
    if not answer.prepared:
        answer.headers["Content-Security-Policy"] = POLICY
    return answer


async def _blank(request: web.Request) -> web.Response:
    return web.Response(text=BLANK, content_type="text/html")


async def _nothing(request: web.Request) -> web.Response:
    return web.Response(status=204)
