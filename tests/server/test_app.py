"""How a server starts and stops: in a process of its own, with signals."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession

from pipeline.server.app import running
from pipeline.server.listening import ListenError
from pipeline.server.options import Options
from tests.kit.outside import ROOT, Outside, cause, outside
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


async def test_a_stopped_server_lets_its_calls_finish(tmp_path: Path) -> None:
    """After SIGTERM it says busy and is not ready, the running call goes on to its end, and the exit code is 0."""
    async with outside(tmp_path, 60.0) as (server, session):
        async with called(server, session) as peer:
            server.process.send_signal(signal.SIGTERM)
            await server.says("STOPPING 1 calls left")
            async with session.get(f"{server.url}/readyz") as response:
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


async def test_a_stopped_server_waits_no_longer_than_it_may(tmp_path: Path) -> None:
    """At the end of `drain` the calls that are left are ended politely, each with its record."""
    async with outside(tmp_path, 0.05) as (server, session):
        async with called(server, session) as peer:
            server.process.send_signal(signal.SIGTERM)
            assert await peer.closed() == 1000
        assert await server.process.wait() == 0
    assert cause(tmp_path) == "shutdown"


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


async def test_a_port_in_use_is_one_clear_line() -> None:
    """A second server on the same port is refused with a sentence that names it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ListenError, match=f"port {port} on 127.0.0.1 is taken by another program"):
            async with running([config()], Options(port=port)):
                pass


@pytest.mark.parametrize(("host", "port"), [("no-such-host.invalid", 0), ("203.0.113.1", 0), ("127.0.0.1", 70_000)])
async def test_an_address_that_is_none_is_one_clear_line(host: str, port: int) -> None:
    """A host that is not this machine, and a port that is none, are refused with a sentence that names them."""
    with pytest.raises(ListenError, match=f"cannot listen on {host}, port {port}"):
        async with running([config()], Options(host=host, port=port)):
            pass


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


STARTED = """\
import gc, os, signal, sys, uvloop
from loguru import logger
from pipeline.server.app import serve
from tests.kit.outside import ROOT, Outside, cause, outside
from tests.kit.parrot import config

gc.disable()  # as `run.py serve` does while it starts
logger.remove()
told = lambda: print(gc.get_freeze_count(), gc.isenabled())
logger.add(lambda line: "READY" in line and (told(), os.kill(os.getpid(), signal.SIGTERM)))
sys.exit(uvloop.run(serve([config()], port=0, environment={})))
"""


async def test_what_a_start_made_is_not_looked_through_again() -> None:
    """Garbage collection, on from then on, leaves the modules alone, so that no call waits for that."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", STARTED, cwd=ROOT, stdout=PIPE)
    told, _ = await process.communicate()
    frozen, on = told.decode().split()
    assert (process.returncode, int(frozen) > 10_000, on) == (0, True, "True")
