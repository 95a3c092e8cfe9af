"""A server with a console, its past calls over HTTP, and calls as a server leaves them."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, CookieJar

from pipeline.config import Config
from pipeline.console.app import Listener
from pipeline.server.address import HERE, Address
from pipeline.server.app import Server, running

RECORDS = Path(__file__).parents[1] / "data" / "records"
DEMO, HEBREW = "CAae942de8821d40ac94bebb9d6dbadd02", "CA00000000000000000000000000000002"


def copied(root: Path, name: str = "demo_en", sid: str = DEMO) -> Path:
    """Keep a recorded call there; return its folder."""
    folder = root / "2026-11-27" / sid
    shutil.copytree(RECORDS / name, folder)
    return folder


class Pages:
    """A client of the pages."""

    def __init__(self, session: ClientSession, server: Server) -> None:
        self.session, self.server = session, server

    async def past(self, status: int = 200, **asked: str) -> Any:
        """Ask for past calls."""
        async with self.session.get("/api/past", params=asked) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    async def numbers(self, **asked: str) -> list[int]:
        """The numbers of the calls that are found."""
        return [int(it["sid"][2:], 16) for it in (await self.past(200, **asked))["calls"]]


@asynccontextmanager
async def past_calls(*configs: Config) -> AsyncIterator[Pages]:
    """Serve these configs with a console, and open a session with it, inside the block."""
    async with running(configs, console=Listener(address=Address(HERE, 0))) as server:
        url, _, token = server.console_url.partition("/#k=")
        async with ClientSession(url, cookie_jar=CookieJar(unsafe=True)) as session:
            async with session.post("/api/session", json={"token": token}, headers={"Origin": url}) as answer:
                assert answer.status == 204
            yield Pages(session, server)
