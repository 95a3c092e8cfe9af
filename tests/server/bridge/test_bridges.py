"""Transfers in a server with workers: the memory of a call goes from one process to another."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.kit.outside import Outside, started, worker_of
from tests.kit.peer import Peer, metric, opened, sid
from tests.kit.transferring import handed_over, post

BUSY = {"CallSid": sid(), "DialCallStatus": "busy", "CallStatus": "in-progress"}


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[tuple[Outside, ClientSession]]:
    async with started("-m", "tests.kit.transferring", str(folder)) as (server, session):
        yield server, session


async def back(server: Outside, session: ClientSession, action: str) -> None:
    """Come back, as the person's line was busy, talk to the agent, and hang up."""
    address, parameters = opened(await post(server, session, action, **BUSY))
    async with session.ws_connect(address) as ws:
        peer = Peer(ws, sid(), parameters["token"])
        await peer.start()
        await peer.talks()
        await peer.press("1")
        assert await peer.closed() == 1000


def kept(folder: Path) -> list[Path]:
    """The files of all records."""
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("lost", [False, True])
async def test_a_call_is_back_with_all_that_it_knows(tmp_path: Path, lost: bool) -> None:
    """Also if the worker that had it was lost while it rang; its secrets are on no disk and in no log."""
    async with serving(tmp_path) as (server, session), handed_over(server, session) as (_, action, _):
        await server.says("CALL_ENDED cause=transfer")
        if lost:
            os.kill(server.workers[await worker_of(server, 1) - 1], signal.SIGKILL)
            await server.says("WORKER . was lost, and 0 calls")
        await back(server, session, action)
        assert (await server.says(r"RETURNED busy \S+ to=sales"))[0]
        assert (await server.says(r"REMEMBERS \['a person, please'\] \['busy'\] pin=4"))[0]
        await server.says("CALL_ENDED cause=goodbye")
        assert await metric(server, session, 'kav_handovers_total{outcome="busy"}') == 1
        assert not re.search("4711", "".join(server.lines))
        server.process.send_signal(signal.SIGTERM)
        await server.process.wait()
    records = kept(tmp_path)
    assert lost or len({path.parent for path in records}) == 2  # of two streams, each with its own
    assert not [path for path in records if b"4711" in path.read_bytes()]


async def test_without_a_worker_the_caller_hears_an_apology(tmp_path: Path) -> None:
    """The next end of a stream finds that the call was lost."""
    async with serving(tmp_path) as (server, session), handed_over(server, session) as (_, action, _):
        for pid in server.workers:
            os.kill(pid, signal.SIGKILL)
        await server.says("WORKER . was lost", 2)
        twiml = await post(server, session, action, **BUSY)
        ended = twiml[0].attrib["action"]
        assert (await post(server, session, ended, CallSid=sid())).find("Say") is not None
