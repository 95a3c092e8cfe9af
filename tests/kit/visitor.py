"""A page of the console without its browser: requests with its origin and its session, and its feed."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, CookieJar

from pipeline.config import Config
from pipeline.console.app import Listener
from pipeline.server.address import HERE, Address
from pipeline.server.app import Server, running
from pipeline.server.options import Options, Workers
from tests.kit import parrot
from tests.kit.peer import Peer

TOKEN = "a token of sixteen or more"


class Visitor:
    """An open page: its address, and a client with its cookie and its origin."""

    def __init__(self, base: str, client: ClientSession) -> None:
        self.base, self.client = base, client

    async def place(self, agent: str = "") -> dict[str, Any]:
        """Ask for a call."""
        async with self.client.post(f"{self.base}/api/calls", json={"agent": agent}) as answer:
            told: dict[str, Any] = await answer.json()
            return {**told, "status": answer.status}

    @asynccontextmanager
    async def call(self, agent: str = "") -> AsyncIterator[Peer]:
        """A call from this page, started."""
        placed = await self.place(agent)
        async with self.client.ws_connect(self.base + placed["stream"]) as ws:
            peer = Peer(ws, placed["call_sid"], placed["parameters"]["token"])
            await peer.start(accountSid=placed["account_sid"])
            yield peer

    @asynccontextmanager
    async def feed(self, call_sid: str = "") -> AsyncIterator[AsyncIterator[tuple[str, Any]]]:
        """The events of a feed, each with its name and its data."""
        async with self.client.get(f"{self.base}/api/feed", params={"call": call_sid}) as answer:
            assert answer.status == 200, await answer.text()
            yield _events(answer.content)

    async def post(self, path: str) -> int:
        """The status of an action."""
        async with self.client.post(self.base + path) as answer:
            return answer.status


@asynccontextmanager
async def visiting(base: str, token: str = TOKEN) -> AsyncIterator[Visitor]:
    """A visitor with a session."""
    async with ClientSession(headers={"Origin": base}, cookie_jar=CookieJar(unsafe=True)) as client:
        async with client.post(f"{base}/api/session", json={"token": token}) as answer:
            assert answer.status == 204, await answer.text()
        yield Visitor(base, client)


@asynccontextmanager
async def visited(
    *configs: Config, editing: bool = False, workers: int = 1, **options: Any
) -> AsyncIterator[tuple[Server, Visitor]]:
    """A server of these configs, the parrot unless told, with its console open to a visitor."""
    chosen = Options(**{"port": 0, "admin": Address(HERE, 0), **options})
    console = Listener(address=Address(HERE, 0), token=TOKEN, editing=editing)
    processes = Workers(count=workers, level="ERROR")
    serving = running(configs or (parrot.config(),), chosen, console=console, workers=processes)
    async with serving as server, visiting(base_of(server)) as visitor:
        yield server, visitor


def base_of(server: Server) -> str:
    """The origin of a server's console."""
    found = re.match(r"http://[^/]*", server.console_url)
    assert found is not None
    return found[0]


async def until(feed: AsyncIterator[tuple[str, Any]], wanted: str) -> list[tuple[str, Any]]:
    """All events of a feed up to the first of this name."""
    seen = []
    async for name, data in feed:
        seen.append((name, data))
        if name == wanted:
            return seen
    raise AssertionError(f"the feed ended without {wanted}: {seen}")


async def _events(lines: AsyncIterable[bytes]) -> AsyncIterator[tuple[str, Any]]:
    name = ""
    async for line in lines:
        kind, _, rest = line.decode().rstrip("\n").partition(": ")
        if kind == "event":
            name = rest
        elif kind == "data":
            yield name, json.loads(rest)
