"""The calls of worker processes, seen from the parent."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from aiohttp import ClientSession, ClientWebSocketResponse

from pipeline.server.options import Limits
from pipeline.server.workers.supervisor import RemoteCall
from tests.kit.peer import INCOMING, SECURE, SOUND, UPGRADE, sid
from tests.kit.visitor import until, visited


async def test_a_call_in_a_worker_is_talked_to_watched_and_ended() -> None:
    """The browser's stream reaches its worker, whose rows, events and sound come back; so do its end and its cause."""
    async with visited(workers=2) as (server, visitor), AsyncExitStack() as stack:
        peer = await stack.enter_async_context(visitor.call())
        early = await stack.enter_async_context(visitor.feed(peer.call_sid))
        await peer.talks()
        call = (await until(early, "call"))[-1][1]
        assert (call["sid"], call["caller"]) == (peer.call_sid, "browser")
        async with visitor.client.ws_connect(f"{visitor.base}/api/calls/{peer.call_sid}/listen") as ws:
            hearing, number = asyncio.create_task(_both_sides(ws)), 2
            while not hearing.done():  # the worker begins to listen a moment later
                await peer.talks(number)
                number += 1
                await asyncio.wait({hearing}, timeout=0.02)  # as a line does: more at once would be a flood
            assert await visitor.post(f"/api/calls/{peer.call_sid}/interrupt") == 204
            assert await visitor.post(f"/api/calls/{peer.call_sid}/hangup") == 204
            assert await peer.closed() == 1000
            while not ws.closed:
                await ws.receive()
        assert (await until(early, "over"))[-1][1]["cause"] == "operator"
        await server.registry.idle()
        assert server.registry.cause_of(peer.call_sid) == "operator"


async def _both_sides(ws: ClientWebSocketResponse) -> None:
    heard: set[bytes] = set()
    while not heard >= {b"\0" + SOUND, b"\1" + SOUND}:
        heard.add(bytes(await ws.receive_bytes()))


async def test_rows_are_those_of_the_workers() -> None:
    """A second after its start a call's row has its state; one whose stream has not started is reserved."""
    async with visited(workers=2) as (_, visitor), visitor.call() as peer, visitor.feed() as feed:
        await peer.talks()
        placed = await visitor.place()
        async for name, data in feed:
            rows = {row["sid"]: row for row in data["calls"]} if name == "rows" else {}
            if placed["call_sid"] in rows and rows.get(peer.call_sid, {}).get("state") == "LISTENING":
                assert rows[placed["call_sid"]]["state"] == "RESERVED"
                assert rows[peer.call_sid]["worker"] in (1, 2)
                return


async def test_the_viewers_of_a_lost_worker_are_told() -> None:
    """The call is over for them, with the loss as its cause."""
    async with visited(workers=2) as (server, visitor), visitor.call() as peer, visitor.feed(peer.call_sid) as feed:
        await peer.talks()
        await until(feed, "call")
        call = server.registry.entries[peer.call_sid].call
        assert isinstance(call, RemoteCall) and call.supervisor.process is not None
        call.supervisor.process.kill()
        assert (await until(feed, "over"))[-1][1]["cause"] == "worker_lost"


async def test_a_call_that_never_starts_is_over_for_those_who_watch_it() -> None:
    """The worker tells it, and a listener's socket closes."""
    async with visited(workers=2, limits=Limits(start=0.3)) as (_, visitor):
        placed = await visitor.place()
        async with visitor.feed(placed["call_sid"]) as feed:
            assert (await until(feed, "over"))[-1][1]["cause"] == "never_started"


async def test_with_a_token_the_phone_needs_no_signature_and_twilio_does() -> None:
    """The browser's stream reaches its worker; its address opens nothing at the public port."""
    async with visited(editing=False, workers=2, **SECURE) as (server, visitor), ClientSession() as stranger:
        async with visitor.call() as peer:
            await peer.talks()
        stream = (await visitor.place())["stream"]
        for path in (stream, stream.replace("/phone", "/ws/twilio-media"), "/ws/twilio-media"):
            async with stranger.get(server.url + path, headers=UPGRADE) as answer:
                assert answer.status == (404 if path == stream else 403)
        async with stranger.post(server.url + INCOMING, data={"CallSid": sid()}) as answer:
            assert answer.status == 403
        async with visitor.client.ws_connect(visitor.base + stream):  # it was not used up
            pass
