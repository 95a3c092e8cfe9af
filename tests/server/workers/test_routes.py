"""The webhooks of a server whose calls are in its workers."""

from __future__ import annotations

import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from xml.etree import ElementTree

import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from pipeline.server.app import running
from pipeline.server.options import Options, Workers
from tests.kit.outside import pooled, until
from tests.kit.parrot import config
from tests.kit.peer import PUBLIC, TOKEN, Peer, call, opened, ring, sid, signed

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.mark.fault("C2", "C5")
async def test_one_registry_counts_and_knows_every_call(tmp_path: Path) -> None:
    """Slots are those of the server, a webhook sent again is the same call, a token opens one stream."""
    async with pooled(tmp_path, calls=2) as (server, session):
        twiml = [await ring(server, session, sid(it)) for it in (1, 1, 2, 3)]
        assert opened(twiml[0]) == opened(twiml[1])
        assert twiml[3].find("Reject") is not None
        address, parameters = opened(twiml[0])
        async with session.ws_connect(address) as ws:
            peer = Peer(ws, sid(1), parameters["token"])
            await peer.start()
            await peer.talks()
            with pytest.raises(WSServerHandshakeError, match="403"):
                await session.ws_connect(address)
            await peer.press("1")
            assert await peer.closed() == 1000
        async with session.post(f"{server.url}/webhook/call_ended", data={"CallSid": sid(1)}) as response:
            assert "<Say" not in await response.text()
        await server.says("CALL_ENDED cause=goodbye")
        again = await ring(server, session, sid(1))
        assert again.find("Reject") is not None
        assert (await ring(server, session, sid(4))).find("Connect") is not None


@pytest.mark.fault("B10")
async def test_a_stream_that_no_webhook_announced_takes_a_slot_of_the_server(tmp_path: Path) -> None:
    """The one too many is ended, on whichever worker it is; so is a second stream of one call."""
    async with pooled(tmp_path, calls=2) as (server, session), AsyncExitStack() as stack:
        for number, ends in ((1, False), (1, True), (2, False), (3, True)):
            ws = await stack.enter_async_context(session.ws_connect(f"{server.url}/ws/twilio-media"))
            peer = Peer(ws, sid(number))
            await peer.start()
            if ends:
                assert await peer.closed() == 1000
            else:
                await peer.talks()
        await until(lambda: len([line for line in server.lines if "CALL_ENDED cause=full" in line]) == 2)


@pytest.mark.fault("B10")
async def test_without_a_worker_nobody_is_kept_waiting(tmp_path: Path) -> None:
    """Calls are turned away at once, and the server is not ready, until there is one again."""
    async with pooled(tmp_path) as (server, session):
        for pid in server.workers:
            os.kill(pid, signal.SIGKILL)
        await server.says("WORKER . was lost", 2)
        assert (await ring(server, session, sid(1))).find("Reject") is not None
        async with session.get(f"{server.admin_url}/readyz") as response:
            assert (response.status, await response.text()) == (503, "no worker\n")
        await server.says("WORKER . is ready")
        async with session.get(f"{server.admin_url}/readyz") as response:
            assert response.status == 200
        async with call(server, session, sid(2)):
            pass


@pytest.mark.fault("C1")
@pytest.mark.parametrize("path", ["", "/no-such-token"])
async def test_a_stream_that_is_not_signed_gets_to_no_worker(path: str) -> None:
    """The parent turns it away, and its token may still be used by whoever signs."""
    options = Options(port=0, public_base_url=PUBLIC, auth_token=TOKEN)
    async with (
        running([config()], options, workers=Workers(count=2)) as server,
        ClientSession() as session,
    ):
        for headers in ({}, signed(f"wss://agent.example/ws/twilio-media{path}")):
            async with session.get(f"{server.url}/ws/twilio-media{path}", headers={**headers, **UPGRADE}) as response:
                assert response.status == 403
        form = {"CallSid": sid()}
        hook = "/webhook/incoming_call"
        async with session.post(server.url + hook, data=form, headers=signed(PUBLIC + hook, form)) as response:
            address, parameters = opened(ElementTree.fromstring(await response.text()))
        here = address.replace("wss://agent.example", server.url)
        async with session.get(here, headers=UPGRADE) as response:
            assert response.status == 403
        async with session.ws_connect(here, headers=signed(address)) as ws:
            peer = Peer(ws, sid(), parameters["token"])
            await peer.start()
            await peer.talks()
