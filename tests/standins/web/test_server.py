"""The stand-in for web services: its samples, and what was done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import ClientSession

from pipeline.standins.web import Done, Web

FLATS = [{"id": "L7", "rooms": 4}, {"id": "L9", "rooms": 3}]
Work = Callable[[Web, ClientSession], Awaitable[Any]]


def served(work: Work) -> Any:
    """Return the result of the work, while the server runs."""

    async def main() -> Any:
        async with Web() as server, ClientSession() as http:
            return await work(server, http)

    return asyncio.run(main())


def test_a_list_has_the_items_that_fit_the_query() -> None:
    """An entry that no item has a field for, such as a bound, is none of its business."""

    async def work(server: Web, http: ClientSession) -> Any:
        url = server.address("find", FLATS)
        async with http.get(f"{url}/listings?rooms=3&max=9") as answer:
            return await answer.json()

    assert served(work) == [FLATS[1]]


def test_a_request_is_done_once_for_its_key() -> None:
    """Repetitions have the same answer; what was done is known by the tool's name."""

    async def work(server: Web, http: ClientSession) -> Any:
        url = server.address("book", {"id": "V1"})
        for key in ("a", "a", "b"):
            async with http.post(f"{url}/viewings", data=b"{}", headers={"Idempotency-Key": key}) as answer:
                assert await answer.json() == {"id": "V1"}
        return server.done

    assert served(work) == [Done("book", "{}")] * 2
