"""A server with workers: real processes, one registry, and no call hurt by the loss of another's."""

from __future__ import annotations

import signal
import socket
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from pipeline.server.app import running
from pipeline.server.listening import ListenError
from pipeline.server.options import Options, Workers
from tests.kit.outside import cause, pooled, worker_of
from tests.kit.parrot import config
from tests.kit.peer import call, metric, ring, sid


async def test_calls_are_spread_and_counted_as_one(tmp_path: Path) -> None:
    """Each call's stream gets to the worker that was told of it, no worker has more than its part, one page counts."""
    async with pooled(tmp_path) as (server, session), AsyncExitStack() as stack:
        for number in range(6):
            await stack.enter_async_context(call(server, session, sid(number)))
        assert Counter([await worker_of(server, number) for number in range(6)]) == {1: 3, 2: 3}
        assert await metric(server, session, 'kav_active_calls{state="listening"}') == 6
        assert await metric(server, session, "kav_workers") == 2
        await stack.aclose()
        await server.says("CALL_ENDED", 6)
        assert await metric(server, session, 'kav_calls_total{cause="closed"}') == 6
    assert {cause(tmp_path, number) for number in range(6)} == {"closed"}


@pytest.mark.fault("G9")
async def test_a_stopped_server_lets_the_calls_of_its_workers_finish(tmp_path: Path) -> None:
    """After SIGTERM it says busy, each call goes on to its end, and the exit code is 0."""
    async with pooled(tmp_path) as (server, session):
        async with AsyncExitStack() as stack:
            peers = [await stack.enter_async_context(call(server, session, sid(it))) for it in (1, 2)]
            server.process.send_signal(signal.SIGTERM)
            await server.says("STOPPING 2 calls left")
            assert (await ring(server, session, sid(3))).find("Reject") is not None
            for peer in peers:
                await peer.talks(2)
                await peer.say("stop")
                assert await peer.closed() == 1000
        assert await server.process.wait() == 0
    assert {cause(tmp_path, number) for number in (1, 2)} == {"stop"}
    assert not [line for line in server.lines if "lost" in line or "Traceback" in line]


@pytest.mark.fault("G10")
@pytest.mark.parametrize("hurried", [(signal.SIGINT,), (signal.SIGTERM, signal.SIGTERM)])
async def test_a_hurried_server_ends_the_calls_of_its_workers(
    tmp_path: Path, hurried: tuple[signal.Signals, ...]
) -> None:
    """At once but cleanly: a close frame, and a record with its end."""
    async with pooled(tmp_path) as (server, session):
        async with call(server, session, sid(1)) as peer:
            for each in hurried:
                server.process.send_signal(each)
                await server.says("STOPPING|WS_DONE")
            assert await peer.closed() == 1000
        assert await server.process.wait() == 0
    assert cause(tmp_path, 1) == "shutdown"


@pytest.mark.fault("A12")
async def test_a_port_in_use_is_one_clear_line_and_leaves_no_worker() -> None:
    """As without workers."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ListenError, match=f"port {port} on 127.0.0.1 is taken by another program"):
            async with running([config()], Options(port=port), workers=Workers(count=2)):
                pass
