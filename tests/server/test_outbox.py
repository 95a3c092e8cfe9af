"""Calls of a server and their outbox: when it is written, what is sent, what a full disk or a kill changes."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from pipeline.after.files import DONE, ENDED, OPEN, PROCESSES
from pipeline.config import Config, load
from pipeline.config.several_configs import refuse_unwritable
from pipeline.faults import ConfigError
from pipeline.frames import CallStarted
from pipeline.memory import Use
from pipeline.processor import Processor, on
from pipeline.vocabulary import UseOutcome
from tests.kit import parrot
from tests.kit.alone import SLOW, run
from tests.kit.chain import chain
from tests.kit.killed import killed
from tests.kit.outside import started
from tests.kit.peer import Peer, sid, stream
from tests.kit.receiver import SECRET, Inbox, receiver
from tests.kit.serving import Serve


def config(inbox: Inbox, folder: Path) -> Config:
    """Return the parrot's config, whose events go there."""
    return parrot.config(after=inbox.after(folder=str(folder)))


async def ended_call(server: Any, session: Any, number: int = 1) -> None:
    """One call from its start to its end, over which it lives."""
    async with stream(server, session, sid(number)) as peer:
        await peer.start()
        await peer.talks()
        await peer.say("stop")
        await peer.closed()


async def test_a_call_is_told_at_once(serve: Serve, tmp_path: Path) -> None:
    """Its beginning is kept while it goes on, its end before its slot is free; then its event is sent."""
    async with receiver() as inbox, serve(config(inbox, tmp_path), acts=True) as (server, session):
        async with stream(server, session) as peer:
            await peer.start()
            await peer.talks()
            await asyncio.to_thread(until, lambda: (tmp_path / sid() / OPEN).exists())
            await peer.say("stop")
            await peer.closed()
        await server.registry.idle()
        assert any((tmp_path / shelf / sid() / ENDED).exists() for shelf in ("", DONE))
        await inbox.until(lambda: bool(inbox.events))
    assert inbox.events[f"evt_{sid()}_call.ended"]["data"]["call"]["cause"] == "stop"
    assert not list((tmp_path / PROCESSES).iterdir())


def until(holds: Any) -> None:
    """Wait in a thread until the disk has it."""
    while not holds():
        pass


async def test_a_second_stream_of_a_call_is_an_event_of_its_own(serve: Serve, tmp_path: Path) -> None:
    """As after a transfer: the caller came back, and ended again."""
    async with receiver() as inbox, serve(config(inbox, tmp_path), acts=True) as (server, session):
        for _ in range(2):
            await ended_call(server, session)
            await server.registry.idle()
            server.registry.ended.clear()
        await inbox.until(lambda: len(inbox.events) == 2)
    assert set(inbox.events) == {f"evt_{sid()}_call.ended", f"evt_{sid()}.2_call.ended"}


class Books(Processor):
    """Begins an effect with the call, which ends when `made` is set."""

    made = asyncio.Event()

    @on(CallStarted)
    def begin_effect(self, frame: CallStarted) -> None:
        use = Use(number=1, name="book", arguments="{}", turn=0, place=0, effect=True, began=0.0)
        self.call.memory.uses.append(use)
        self.call.outlives(self.book(use))
        self.push(frame)

    async def book(self, use: Use) -> None:
        await self.made.wait()
        use.outcome, use.result = UseOutcome.DONE, '{"id":7}'


async def test_an_effect_that_outlives_its_call_is_told_with_its_outcome(serve: Serve, tmp_path: Path) -> None:
    """The slot is free meanwhile, the end on the disk, and the event waits."""
    Books.made = asyncio.Event()
    async with receiver() as inbox:
        books = parrot.config(Books, after=inbox.after(folder=str(tmp_path)))
        async with serve(books, acts=True) as (server, session):
            await ended_call(server, session)
            await server.registry.idle()
            assert (tmp_path / sid() / ENDED).exists()
            assert server.board.delivery is not None
            await server.board.delivery.once()
            assert not inbox.ids
            Books.made.set()
            await inbox.until(lambda: bool(inbox.events))
    (use,) = inbox.events[f"evt_{sid()}_call.ended"]["data"]["uses"]
    assert (use["outcome"], use["result"]) == ("done", {"id": 7})


@pytest.mark.parametrize("options", [{}, {"rehearsal": True}])
async def test_only_what_acts_writes_and_sends(serve: Serve, tmp_path: Path, options: dict[str, bool]) -> None:
    """A server in a test, of `go`, `demo` or `call`, leaves no trace in the outbox."""
    async with receiver() as inbox, serve(config(inbox, tmp_path / "outbox"), **options) as (server, session):
        await ended_call(server, session)
        await server.registry.idle()
    assert not inbox.ids and not (tmp_path / "outbox").exists()


@pytest.mark.fault("M3")
async def test_a_folder_that_takes_nothing(serve: Serve, tmp_path: Path, lines: list[str]) -> None:
    """The call goes on, it is said, the server is not ready; once there is room, the end is written and told."""
    blocked = tmp_path / "outbox"
    blocked.touch()
    async with receiver() as inbox, serve(config(inbox, blocked), acts=True) as (server, session):
        await ended_call(server, session)
        await server.registry.idle()
        assert any("OUTBOX cannot be written" in line and "calls go on" in line for line in lines)
        async with session.get(f"{server.admin_url}/readyz") as answer:
            assert (answer.status, await answer.text()) == (503, "outbox: File exists\n")
        await asyncio.to_thread(blocked.unlink)
        await inbox.until(lambda: bool(inbox.events))
        assert inbox.events[f"evt_{sid()}_call.ended"]["data"]["call"]["cause"] == "stop"


async def test_two_workers_share_an_outbox(tmp_path: Path) -> None:
    """They write, the parent sends; a call of a worker that is killed is told as lost, while the parent lives."""
    async with receiver() as inbox:
        path = written(tmp_path, inbox)
        command = ("run.py", "serve", str(path), "--port", "0", "--admin", "0", "--workers", "2")
        async with started(*command) as (server, session):
            await asyncio.gather(*(ended_call_of_agent(server, session, number) for number in (1, 2, 3)))
            await inbox.until(lambda: len(inbox.events) == 3)
            async with session.ws_connect(f"{server.url}/ws/twilio-media") as ws:
                peer = Peer(ws, sid(4))
                await peer.start()
                await asyncio.to_thread(until, lambda: (tmp_path / "outbox" / sid(4) / OPEN).exists())
                for worker in server.workers:
                    os.kill(worker, signal.SIGKILL)
                await inbox.until(lambda: len(inbox.events) == 4)
    causes = {it["data"]["call"]["sid"]: it["data"]["call"]["cause"] for it in inbox.events.values()}
    assert causes == {sid(1): "stop", sid(2): "stop", sid(3): "stop", sid(4): "lost"}


async def ended_call_of_agent(server: Any, session: Any, number: int) -> None:
    """One short call of the whole chain."""
    async with stream(server, session, sid(number)) as peer:
        await peer.start()
        await peer.speak()
        await peer.say("stop")
        await peer.closed()


def written(folder: Path, inbox: Inbox) -> Path:
    """Write a whole agent, whose events go there."""
    path = folder / "agent.yaml"
    head = f"name: agent\nafter: {{send: [{{url: '{inbox.url}', secret: {SECRET}}}]}}\n"
    path.write_text(chain(head), encoding="utf-8")
    return path


@pytest.mark.fault("M1")
def test_a_server_that_is_killed_loses_no_call(tmp_path: Path) -> None:
    """Before, at and after the ends of its calls: each that began is told under one id."""
    done = run(killed(tmp_path, calls=20, kills=3), limit=SLOW)
    assert done.began == done.told and len(done.began) >= 5


@pytest.mark.fault("M3")
async def test_a_start_is_refused_without_a_folder(tmp_path: Path) -> None:
    """With its place in the config."""
    (tmp_path / "outbox").touch()
    async with receiver() as inbox:
        loaded = load(written(tmp_path, inbox))
    with pytest.raises(ConfigError, match=f"agent.yaml:2:15: events cannot be kept in {tmp_path}/outbox: File exists"):
        refuse_unwritable([loaded])
