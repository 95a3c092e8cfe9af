"""A server of configs with its console, and a browser's session with that."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, CookieJar

from pipeline.config import load, load_all
from pipeline.console.app import Listener
from pipeline.server.address import HERE, Address
from pipeline.server.app import Server, running
from pipeline.server.options import Options
from tests.kit.browser import Page, browsing

SLOW = 90.0  # seconds after which a test with a browser hangs
NEVER = 3600.0  # seconds between the server's own looks for changed files
ANYWHERE = Address(HERE, 0)


def with_browser(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Make a test of a coroutine function that drives a browser, which takes its time on a busy machine."""

    @functools.wraps(test)
    def one(*args: Any, **kwargs: Any) -> None:
        asyncio.run(asyncio.wait_for(test(*args, **kwargs), SLOW))

    return one


class Visitor:
    """A session with the console of a server: requests as its page sends them."""

    def __init__(self, server: Server, http: ClientSession) -> None:
        self.server, self.http = server, http
        self.url, _, self.token = server.console_url.partition("/#k=")

    async def ask(self, method: str, path: str, body: Any = None, **options: Any) -> tuple[int, Any]:
        """Send a request, and return the status and the JSON of its answer."""
        given = {"json": body} if body is not None else {}
        async with self.http.request(
            method, self.url + path, headers={"Origin": self.url}, **given, **options
        ) as answer:
            return answer.status, await answer.json() if answer.content_type == "application/json" else None

    async def get(self, path: str) -> Any:
        """Return the JSON of an address that answers."""
        status, data = await self.ask("GET", path)
        assert status == 200, data
        return data


@asynccontextmanager
async def visiting(
    *paths: Path, reload: bool = True, changes: tuple[str, ...] = (), **console: Any
) -> AsyncIterator[Visitor]:
    """A session with a server of these configs; `console` are the settings of its listener."""
    loaders = [partial(load, path, set=changes) for path in paths]
    listener = Listener(address=ANYWHERE, changes=changes, **console)
    async with (
        running(
            load_all(loaders), Options(port=0, reload=NEVER), loaders=loaders if reload else (), console=listener
        ) as server,
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as http,
    ):
        visitor = Visitor(server, http)
        assert (await visitor.ask("POST", "/api/session", {"token": visitor.token}))[0] == 204
        yield visitor


@asynccontextmanager
async def browsing_console(*paths: Path, at: str = "", **console: Any) -> AsyncIterator[tuple[Visitor, Page]]:
    """A browser on a page of the console of a server of these configs, e.g. at `/chain`."""
    async with visiting(*paths, **console) as visitor, browsing() as browser:
        page = await browser.page(visitor.server.console_url)
        await page.until("document.querySelector('.frame nav')")
        await page.evaluate(f"location.hash = '#{at}'")
        yield visitor, page
