"""How a server starts and stops: in a process of its own, with signals."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession

from pipeline.server.app import running
from tests.kit.outside import Outside, cause, outside
from tests.kit.parrot import config
from tests.kit.peer import Peer, sid


@asynccontextmanager
async def called(server: Outside, session: ClientSession, number: int = 1) -> AsyncIterator[Peer]:
    """A call that is alive."""
    async with session.ws_connect(f"{server.url}/ws/twilio-media") as ws:
        peer = Peer(ws, sid(number))
        await peer.start()
        await peer.talks()
        yield peer


@pytest.mark.fault("G9")
async def test_a_stopped_server_lets_its_calls_finish(tmp_path: Path) -> None:
    """After SIGTERM it says busy and is not ready, the running call goes on to its end, and the exit code is 0."""
    async with outside(tmp_path, 60.0) as (server, session):
        async with called(server, session) as peer:
            server.process.send_signal(signal.SIGTERM)
            await server.says("STOPPING 1 calls left")
            async with session.get(f"{server.admin_url}/readyz") as response:
                assert response.status == 503
            async with session.post(f"{server.url}/webhook/incoming_call", data={"CallSid": sid(2)}) as response:
                assert 'reason="busy"' in await response.text()
            await peer.talks(2)
            await peer.say("stop")
            assert await peer.closed() == 1000
        async with session.post(f"{server.url}/webhook/call_ended", data={"CallSid": sid()}) as response:
            assert "<Hangup" in await response.text()
        assert await server.process.wait() == 0
    assert cause(tmp_path) == "stop"


@pytest.mark.fault("G9")
async def test_a_stopped_server_waits_no_longer_than_it_may(tmp_path: Path) -> None:
    """At the end of `drain` the calls that are left are ended politely, each with its record."""
    async with outside(tmp_path, 0.05) as (server, session):
        async with called(server, session) as peer:
            server.process.send_signal(signal.SIGTERM)
            assert await peer.closed() == 1000
        assert await server.process.wait() == 0
    assert cause(tmp_path) == "shutdown"


@pytest.mark.fault("G10")
@pytest.mark.parametrize("signals", [(signal.SIGINT,), (signal.SIGTERM, signal.SIGTERM)])
async def test_a_hurried_server_ends_at_once_but_cleanly(tmp_path: Path, signals: tuple[signal.Signals, ...]) -> None:
    """Ctrl-C, or a second SIGTERM, ends running calls with a close frame and a flushed record."""
    async with outside(tmp_path, 600.0) as (server, session):
        async with called(server, session) as peer:
            for each in signals:
                server.process.send_signal(each)
                await server.says("STOPPING|WS_DONE")
            assert await peer.closed() == 1000
        assert await server.process.wait() == 0
    assert cause(tmp_path) == "shutdown"


async def test_an_idle_server_stops_at_once(tmp_path: Path) -> None:
    """Without calls there is nothing to wait for."""
    async with outside(tmp_path, 600.0) as (server, _):
        server.process.send_signal(signal.SIGTERM)
        assert await server.process.wait() == 0


async def test_leaving_the_block_ends_calls_that_are_left() -> None:
    """A server that is left with a call inside closes it, and nothing of either stays behind."""
    async with ClientSession() as session:
        async with running([config()]) as server:
            answer = await session.post(f"{server.url}/webhook/incoming_call", data={"CallSid": sid()})
            assert answer.status == 200
            ws = await session.ws_connect(f"{server.url}/ws/twilio-media")
            peer = Peer(ws, sid(2))
            await peer.start()
            await peer.talks()
        assert await peer.closed() == 1000
        assert not server.registry.entries


@pytest.mark.fault("G9")
async def test_twenty_calls_outlast_a_signal(tmp_path: Path) -> None:
    """Each goes on talking after SIGTERM, to its own end; none is lost, and none is ended by the server."""
    async with outside(tmp_path, 60.0) as (server, session), AsyncExitStack() as stack:
        peers = [await stack.enter_async_context(called(server, session, number)) for number in range(1, 21)]
        server.process.send_signal(signal.SIGTERM)
        await server.says("STOPPING 20 calls left")
        for number, peer in enumerate(peers, 1):
            await peer.talks(2)
            await peer.say("stop")
            assert await peer.closed() == 1000, number
        for number in range(1, 21):
            await session.post(f"{server.url}/webhook/call_ended", data={"CallSid": sid(number)})
        assert await server.process.wait() == 0
    assert [cause(tmp_path, number) for number in range(1, 21)] == ["stop"] * 20
