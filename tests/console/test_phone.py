"""The browser's phone: slots, addresses and streams, as of any call."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from aiohttp import WSServerHandshakeError

from pipeline.server.options import Limits
from tests.kit import parrot
from tests.kit.alone import alone
from tests.kit.outside import until
from tests.kit.peer import ACCOUNT, SECURE
from tests.kit.visitor import visited


@alone
async def test_a_call_is_placed_and_talks() -> None:
    """It comes from the browser, has sids as Twilio forms them, and is hung up like any other."""
    async with visited() as (server, visitor):
        async with visitor.call() as peer:
            await peer.talks()
            (entry,) = server.registry.entries.values()
            assert (entry.caller, entry.call_sid) == ("browser", peer.call_sid)
            assert re.fullmatch(r"CA[0-9a-f]{32}", peer.call_sid)
            await peer.press("1")
            assert await peer.closed() == 1000
        await server.registry.idle()
        assert server.registry.cause_of(peer.call_sid) == "goodbye"


@alone
async def test_a_server_with_a_token_takes_it_too() -> None:
    """Its session stands for Twilio's signature; the public port has no such way in."""
    async with visited(editing=False, workers=1, **SECURE) as (server, visitor):
        async with visitor.call() as peer:
            await peer.talks()
        placed = await visitor.place()
        assert placed["account_sid"] == ACCOUNT
        async with visitor.client.get(server.url + placed["stream"]) as answer:
            assert answer.status == 404


@alone
async def test_an_address_opens_one_stream() -> None:
    """Not a second one, none after its time, and none that was made up."""
    async with visited(limits=Limits(start=0.2)) as (server, visitor):
        placed = await visitor.place()
        async with visitor.client.ws_connect(visitor.base + placed["stream"]):
            with pytest.raises(WSServerHandshakeError, match="403"):
                await visitor.client.ws_connect(visitor.base + placed["stream"])
        with pytest.raises(WSServerHandshakeError, match="403"):
            await visitor.client.ws_connect(f"{visitor.base}/phone/madeup")
        await server.registry.idle()
        assert server.registry.cause_of(placed["call_sid"]) == "never_started"


@alone
async def test_what_cannot_be_called_is_told_in_words() -> None:
    """An unknown agent, busy lines, a server that stops, a body that is none."""
    async with visited(parrot.config(max_calls=1)) as (server, visitor):
        unknown = await visitor.place("nobody \u05d0")
        assert (unknown["status"], "no agent is called" in unknown["error"]) == (404, True)
        assert (await visitor.place("parrot"))["status"] == 200
        full = await visitor.place()
        assert (full["status"], "busy" in full["error"]) == (503, True)
        server.board.draining = True
        stopping = await visitor.place()
        assert (stopping["status"], "stopping" in stopping["error"]) == (503, True)
        head = {"Content-Type": "application/json"}
        for body in (b"[]", b'{"agent": 1}', b"{"):
            async with visitor.client.post(f"{visitor.base}/api/calls", data=body, headers=head) as answer:
                assert answer.status == 400


@alone
async def test_a_call_of_the_console_is_recorded_with_its_end(tmp_path: Path) -> None:
    """As any call's, and with the console's word for its end."""
    async with visited(parrot.config(folder=tmp_path)) as (server, visitor):
        async with visitor.call() as peer:
            await peer.talks()
            assert await visitor.post(f"/api/calls/{peer.call_sid}/hangup") == 204
            assert await peer.closed() == 1000
        await server.registry.idle()
        assert server.registry.cause_of(peer.call_sid) == "operator"
        await until(lambda: any('"cause":"operator"' in it.read_text() for it in tmp_path.rglob("events.jsonl")))
