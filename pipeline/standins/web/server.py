"""A stand-in for web services: each tool has a part of it to itself, which answers with the tool's sample."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

import msgspec
from aiohttp import web


class Done(msgspec.Struct, frozen=True):
    """A request that changed something: the tool, and the body."""

    name: str
    body: str


class Web:
    """The server: `async with Web() as server`; `address` gives a tool its part, and its address.

    Of a list the items are given that fit the query: no field of theirs differs from an entry of the same name. A
    request with an Idempotency-Key is done once.
    """

    def __init__(self) -> None:
        self.done: list[Done] = []
        self._keys: set[str] = set()
        self._samples: dict[str, Any] = {}
        self._url = ""
        self._stack = AsyncExitStack()

    def address(self, name: str, sample: Any) -> str:
        """Return the address under which a tool, or another one who asks, gets this sample, whatever the path."""
        self._samples[name] = sample
        return f"{self._url}/{name}"

    async def __aenter__(self) -> Web:
        app = web.Application()
        app.router.add_route("*", "/{name}{rest:.*}", self._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    async def _answer(self, request: web.Request) -> web.Response:
        name, sample = request.match_info["name"], self._samples.get(request.match_info["name"])
        if request.method != "GET":
            key = request.headers.get("Idempotency-Key", "")
            if not key or key not in self._keys:
                self.done.append(Done(name, await request.text()))
            self._keys.add(key)
        elif isinstance(sample, list):
            sample = [each for each in sample if _fits(each, request.query)]
        body = msgspec.json.encode({} if sample is None else sample)
        return web.Response(body=body, content_type="application/json")


def _fits(item: Any, query: Mapping[str, str]) -> bool:
    if not isinstance(item, Mapping):
        return True
    return all(str(item[name]) == wanted for name, wanted in query.items() if name in item)
