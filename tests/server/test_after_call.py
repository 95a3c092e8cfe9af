"""Work after the calls of a server: when it runs, and for how long a server that stops waits for it."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import load
from tests.kit.after_call import notes, written
from tests.kit.outside import launched, started
from tests.kit.peer import Peer, opened, ring, sid
from tests.kit.serving import Serve


async def test_it_runs_once_the_slot_is_free(serve: Serve, tmp_path: Path) -> None:
    """The call is over for all others while it runs, and the record is closed behind it."""
    config = load(written(tmp_path, "slow", record=str(tmp_path / "calls")))
    async with serve(config) as (server, session):
        await ended_call(server, session)
        await server.registry.idle()
        assert notes(tmp_path) == []
    assert notes(tmp_path) == [f"{sid()} stop +972500000009"]
    (events,) = (tmp_path / "calls").glob("*/*/events.jsonl")
    assert '"what":"ended"' in events.read_text().splitlines()[-1]


async def ended_call(server: Any, session: Any) -> None:
    """One call from the ring to its end."""
    address, parameters = opened(await ring(server, session, sid(), From="+972500000009"))
    async with session.ws_connect(address) as ws:
        peer = Peer(ws, sid(), parameters["token"])
        await peer.start()
        await peer.speak()
        await peer.say("stop")
        assert await peer.closed() == 1000


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_a_stopped_server_waits_for_it(tmp_path: Path, workers: str) -> None:
    """SIGTERM lets it finish, in worker processes as well."""
    path = str(written(tmp_path, "slow"))
    async with started("run.py", "serve", path, "--port", "0", "--admin", "0", "--workers", workers) as (
        server,
        session,
    ):
        await ended_call(server, session)
        await server.says("CALL_ENDED")
        server.process.send_signal(signal.SIGTERM)
        assert await server.process.wait() == 0
    assert len(notes(tmp_path)) == 1


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("does", ["hang", "block"])
async def test_hanging_work_does_not_keep_a_server(tmp_path: Path, does: str, workers: str) -> None:
    """It is told as not finished, and the server goes; not even a thread that it waits for holds it up."""
    path = str(written(tmp_path, does, limit="200ms"))
    async with started("run.py", "serve", path, "--port", "0", "--admin", "0", "--workers", workers) as (
        server,
        session,
    ):
        await ended_call(server, session)
        await server.says("CALL_ENDED")
        server.process.send_signal(signal.SIGTERM)
        await server.says("AFTER_CALL not finished")
        assert await server.process.wait() == 0


async def test_ctrl_c_cuts_it_short(tmp_path: Path) -> None:
    """It gets the 4 seconds that calls get, not all of its own."""
    async with started(
        "run.py", "serve", str(written(tmp_path, "hang", limit="10min")), "--port", "0", "--admin", "0"
    ) as pair:
        server, session = pair
        await ended_call(server, session)
        await server.says("CALL_ENDED")
        server.process.send_signal(signal.SIGINT)
        await server.says("AFTER_CALL not finished")
        assert await server.process.wait() == 0


async def test_a_rehearsal_does_none_and_says_so(serve: Serve, tmp_path: Path, lines: list[str]) -> None:
    """A call of `demo`, `go` or `--stand-ins` must not reach the world."""
    async with serve(load(written(tmp_path)), rehearsal=True) as (server, session):
        await ended_call(server, session)
        await server.registry.idle()
    assert any(line.startswith("AFTER_CALL not run, as the call is a rehearsal: Job (") for line in lines)
    assert notes(tmp_path) == []


@pytest.mark.parametrize(("command", "done"), [("call", 1), ("demo --port 0", 0)])
async def test_it_is_done_where_a_call_is_real(tmp_path: Path, command: str, done: int) -> None:
    """After `call`, but not in `demo`."""
    verb, *options = command.split()
    async with launched("run.py", verb, str(written(tmp_path)), *options) as process:
        await process.says("AFTER_CALL (done|not run)")
    assert len(notes(tmp_path)) == done
