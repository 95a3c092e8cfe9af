"""A worker's process, lost, hung or never ready."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import ClientSession

from pipeline.faults import KavError, UsageError
from pipeline.server.address import HERE, Address
from pipeline.server.app import Server, running
from pipeline.server.options import Limits, Options, Workers
from pipeline.server.workers.process import check_system
from tests.kit.outside import cause, children, pooled, until, worker_of
from tests.kit.parrot import Shut, config
from tests.kit.peer import Peer, call, metric, opened, ring, sid


async def ready(server: Server, session: ClientSession, status: int) -> None:
    """Wait until this is what it answers to who asks whether it takes calls."""
    while True:
        async with session.get(f"{server.admin_url}/readyz") as response:
            if response.status == status:
                return


@pytest.mark.fault("G11")
async def test_a_lost_worker_is_replaced_and_its_calls_end_with_a_reason(tmp_path: Path) -> None:
    """Another worker's call does not notice; the record, the log and the count say why the lost ones ended."""
    async with pooled(tmp_path) as (server, session), AsyncExitStack() as stack:
        peers = [await stack.enter_async_context(call(server, session, sid(it))) for it in (1, 2)]
        await until(lambda: len(list(tmp_path.glob("*/*/events.jsonl"))) == 2)
        first, *_ = workers = server.workers
        waiting = await ring(server, session, sid(3))
        os.kill(first, signal.SIGKILL)
        lost, whole = (1, 2) if await worker_of(server, 1) == 1 else (2, 1)
        assert await peers[lost - 1].closed() == 1006
        await peers[whole - 1].talks(2)
        async with session.post(f"{server.url}/webhook/call_ended", data={"CallSid": sid(lost)}) as response:
            assert "<Say" in await response.text()
        await server.says(r"WORKER 1 is ready")
        assert first not in server.workers and len(server.workers) == len(workers)
        await until(lambda: cause(tmp_path, lost) == "worker_lost")
        assert await metric(server, session, 'kav_calls_total{cause="worker_lost"}') == 1
        assert await metric(server, session, "kav_workers_lost_total") == 1
        address, parameters = opened(waiting)  # rang before, and has a worker all the same
        async with session.ws_connect(address) as ws:
            peer = Peer(ws, sid(3), parameters["token"])
            await peer.start()
            await peer.talks()
        async with call(server, session, sid(4)):
            await peers[whole - 1].talks(3)
            assert {await worker_of(server, it) for it in (whole, 4)} == {1, 2}


@pytest.mark.fault("G3")
async def test_a_worker_whose_loop_is_kept_is_replaced(tmp_path: Path) -> None:
    """Its calls end, those of the other one go on, and the log says whose fault it was."""
    async with (
        pooled(tmp_path, silent=1.0) as (server, session),
        call(server, session, sid(1)) as peer,
        call(server, session, sid(2)) as other,
    ):
        await peer.press("5")
        assert await peer.closed() == 1006
        await server.says("BLOCKED by Parrot")
        await server.says("WORKER 1 is ready")
        await other.talks(2)
        await until(lambda: cause(tmp_path) == "worker_lost")


@pytest.mark.fault("G11")
async def test_a_worker_that_does_not_answer_gets_no_call() -> None:
    """Long before it is replaced; without any that does, calls are turned away until one answers again."""
    options = Options(port=0, admin=Address(HERE, 0), limits=Limits(late=0.2))
    async with running([config()], options, workers=Workers(count=2)) as server, ClientSession() as session:
        stopped = children(os.getpid())[-2:]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        await ready(server, session, 503)
        assert (await ring(server, session, sid(1))).find("Reject") is not None
        os.kill(stopped[1], signal.SIGCONT)
        await ready(server, session, 200)
        async with call(server, session, sid(2)), call(server, session, sid(3)):
            os.kill(stopped[0], signal.SIGCONT)


async def test_a_config_that_a_worker_cannot_open_is_no_start() -> None:
    """Why is said in a sentence, and no process is left."""
    with pytest.raises(KavError, match=r"parrot\.yaml: a step cannot be opened: LookupError: nobody is there"):
        async with running([config(Shut)], Options(port=0), workers=Workers(count=2)):
            pass


@pytest.mark.fault("G11")
async def test_a_worker_that_does_not_answer_is_replaced(lines: list[str]) -> None:
    """As one that has ended; its calls end, and new ones have a worker."""
    options = Options(port=0, limits=Limits(silent=0.5))
    async with (
        running([config()], options, workers=Workers(count=2)) as server,
        ClientSession() as session,
        call(server, session, sid(1)) as peer,
    ):
        os.kill(children(os.getpid())[-2], signal.SIGSTOP)  # the first worker's: it got the first call
        assert await peer.closed() == 1006
        await until(lambda: any("WORKER 1 is ready" in line for line in lines))
        assert server.registry.cause_of(sid(1)) == "worker_lost"
        async with call(server, session, sid(2)), call(server, session, sid(3)):
            pass


def test_a_system_that_passes_no_sockets_has_no_workers() -> None:
    """It is a sentence that says what to leave out, with the exit code of wrong use."""
    check_system(vars(socket))
    with pytest.raises(UsageError, match="--workers is not supported on this system") as refused:
        check_system({name: it for name, it in vars(socket).items() if name != "send_fds"})
    assert refused.value.exit_code == 2
