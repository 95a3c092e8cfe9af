"""The calls of worker processes, seen from the parent."""

from __future__ import annotations

from contextlib import AsyncExitStack

from pipeline.server.workers.supervisor import RemoteCall
from tests.kit.peer import SOUND
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
            heard: set[bytes] = set()
            number = 2
            while heard != {b"\0" + SOUND, b"\1" + SOUND}:  # the worker begins to listen a moment later
                await peer.talks(number)
                number += 1
                message = await ws.receive()
                heard.add(bytes(message.data))
            assert await visitor.post(f"/api/calls/{peer.call_sid}/interrupt") == 204
            assert await visitor.post(f"/api/calls/{peer.call_sid}/hangup") == 204
            assert await peer.closed() == 1000
            while not ws.closed:
                await ws.receive()
        assert (await until(early, "over"))[-1][1]["cause"] == "operator"
        await server.registry.idle()
        assert server.registry.cause_of(peer.call_sid) == "operator"


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
