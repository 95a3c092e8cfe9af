"""A new server takes the port of the one that runs: no call is turned away, cut off or forgotten."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from itertools import count
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import tostring

import pytest
from aiohttp import ClientSession, TCPConnector

from pipeline.server.address import HERE, Address
from pipeline.server.app import ALONE, Server, running
from pipeline.server.listening import ListenError
from pipeline.server.options import Options, Workers
from tests.kit.deploys import free_port, release, written
from tests.kit.outside import Outside, cause, until
from tests.kit.parrot import HOUR, config
from tests.kit.peer import BUSY, INCOMING, Peer, call, opened, ring, sid

EVERY = 0.04  # seconds between calls


def server(port: int = 0, workers: Workers = ALONE, **more: Any) -> AbstractAsyncContextManager[Server]:
    """A server in this process, at this port or a free one."""
    name = more.pop("name", "parrot")
    return running([config(name=name)], Options(port=port or free_port(), **more), workers=workers)


def anew() -> ClientSession:
    """A client that connects anew for each request."""
    return ClientSession(connector=TCPConnector(force_close=True))


async def one_call(server: Outside, number: int) -> None:
    """A call on a connection of its own, from the ring to its stop."""
    async with ClientSession() as session, call(server, session, sid(number)) as peer:
        await peer.talks(2)
        await peer.say("stop")
        assert await peer.closed() == 1000


@pytest.mark.fault("G9")
async def test_calls_come_in_while_a_server_is_replaced(tmp_path: Path) -> None:
    """A call each 40 ms: all are answered and talk; one from before goes on, and the old server ends after it.

    The record of that one is its own: the new server, which keeps its records in the same folder, leaves it alone.
    """
    path, port, calls = written(tmp_path), free_port(), []
    async with release(path, port) as old, AsyncExitStack() as stack:
        await old.says("READY")
        session = await stack.enter_async_context(ClientSession())
        first = await stack.enter_async_context(call(old, session, sid(0)))
        new = await stack.enter_async_context(release(path, port))
        for number in count(1):
            calls.append(asyncio.create_task(one_call(old, number)))
            await asyncio.sleep(EVERY)
            await first.talks(number + 1)
            if any("READY" in line for line in new.lines) and len(calls) > 20:
                break
        await asyncio.gather(*calls)
        await old.says("TAKEN_OVER")
        old.process.send_signal(signal.SIGTERM)
        await first.talks(number + 2)
        await until(lambda: any((tmp_path / "calls").glob(f"*/{sid(0)}/events.jsonl")))  # written once a second
        assert cause(tmp_path / "calls", 0) == ""
        await first.say("stop")
        assert await first.closed() == 1000
        assert await old.process.wait() == 0
        assert cause(tmp_path / "calls", 0) == "stop"
        await one_call(new, 9999)
        new.process.terminate()
        assert await new.process.wait() == 0
    for server in (old, new):
        assert not [line for line in server.lines if "REFUSED" in line or "Traceback" in line or "ALARM" in line]


@pytest.mark.fault("G11")
async def test_a_caller_whose_old_server_died_hears_an_apology(tmp_path: Path) -> None:
    """The new server knows the calls that the old one had."""
    path, port = written(tmp_path), free_port()
    async with release(path, port) as old, ClientSession() as session:
        await old.says("READY")
        async with call(old, session, sid(1)) as peer, release(path, port) as new, ClientSession() as fresh:
            await new.says("READY")
            old.process.kill()
            await peer.closed()
            await new.says("GONE process .* 1 calls lost")
            async with fresh.post(f"{new.url}/webhook/call_ended", data={"CallSid": sid(1)}) as response:
                assert "<Say" in await response.text()


@pytest.mark.fault("B2", "B12")
async def test_a_call_that_had_rung_gets_its_stream_and_its_callbacks(lines: list[str]) -> None:
    """From the old server, whichever the connections come to; a repeated webhook is answered as before."""
    async with server() as old, ClientSession() as session:
        address, parameters = opened(twiml := await ring(old, session, sid(1)))
        async with server(old.port) as new, anew() as fresh:
            assert tostring(await ring(new, fresh, sid(1))) == tostring(twiml)
            async with fresh.ws_connect(address) as ws:
                peer = Peer(ws, sid(1), parameters["token"])
                await peer.start()
                await peer.talks()
                assert [sid(1) in each.registry.entries for each in (old, new)] == [True, False]
                form = {"CallSid": sid(1), "StreamEvent": "stream-error", "StreamError": "late"}
                async with fresh.post(f"{new.url}/webhook/stream_status", data=form) as response:
                    assert response.status == 204
                assert "STREAM_STATUS stream-error late" in lines
                await peer.say("stop")
                assert await peer.closed() == 1000
            async with fresh.post(f"{new.url}/webhook/call_ended", data={"CallSid": sid(1)}) as response:
                assert "<Hangup" in await response.text()
            async with fresh.post(new.url + INCOMING, data={"CallSid": sid(1)}) as response:
                assert "<Reject" in await response.text()


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_new_call_on_a_kept_connection_goes_to_the_new_server(workers: int) -> None:
    """As a proxy keeps some open to the old one; so does its stream, once more on the same connection."""
    several = Workers(count=workers)
    async with server(workers=several) as old, ClientSession(connector=TCPConnector(limit=1)) as kept:
        await ring(old, kept, sid(1))
        async with server(old.port, workers=several) as new:
            async with kept.post(f"{old.url}{INCOMING}?agent=nobody", data={"CallSid": sid(3)}) as response:
                assert response.status == 404
            async with call(old, kept, sid(2)) as peer:
                assert [sid(2) in each.registry.entries for each in (old, new)] == [False, True]
                await peer.talks(2)


async def test_three_servers_after_each_other() -> None:
    """A call of the first ends there, although the second was replaced before: it hands the requests on."""
    async with server() as first, ClientSession() as session:
        address, parameters = opened(await ring(first, session, sid(1)))
        async with server(first.port), server(first.port), anew() as fresh, fresh.ws_connect(address) as ws:
            peer = Peer(ws, sid(1), parameters["token"])
            await peer.start()
            await peer.talks()
            assert sid(1) in first.registry.entries
            await peer.say("stop")
            assert await peer.closed() == 1000


async def test_a_server_of_another_config_does_not_take_the_port() -> None:
    """By mistake, as both would be on the default port: it says which server has it. One that stops gives it away."""
    async with server() as old, ClientSession() as session, call(old, session, sid(1)) as peer:
        with pytest.raises(ListenError, match=rf"process {os.getpid()}, and it answers calls with parrot: stop it"):
            async with server(old.port, name="another"):
                pass
        draining = asyncio.create_task(old.drain(HOUR, asyncio.Event()))
        await asyncio.sleep(0)
        async with session.post(old.url + INCOMING, data={"CallSid": sid(2)}) as response:
            assert await response.text() == BUSY
        async with server(old.port, name="another") as new, anew() as fresh, call(new, fresh, sid(3)):
            await peer.talks(2)
            await peer.say("stop")
            await draining


async def test_a_server_that_cannot_start_changes_nothing() -> None:
    """It had asked for the port already: the old one answers as ever, and gives it to the next."""
    with socket.create_server((HERE, 0)) as taken:
        admin = Address(HERE, taken.getsockname()[1])
        async with server() as old, anew() as session:
            with pytest.raises(ListenError, match="is taken by another program; choose another with --admin"):
                async with server(old.port, admin=admin):
                    pass
            async with call(old, session, sid(1)):
                assert sid(1) in old.registry.entries
            assert not old.handover.taken.is_set()
            async with server(old.port) as new, call(new, session, sid(2)):
                assert sid(2) in new.registry.entries


async def test_health_is_that_of_the_new_server() -> None:
    """The admin listener moves with the public one; the old server would say that it drains."""
    admin = Address(HERE, free_port())
    async with server(admin=admin) as old, server(old.port, admin=admin) as new, anew() as fresh:
        assert old.admin_url == new.admin_url == admin.url
        assert old.board.draining
        async with fresh.get(f"{new.admin_url}/readyz") as response:
            assert await response.text() == "ready\n"
