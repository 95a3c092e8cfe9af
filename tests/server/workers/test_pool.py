"""A server with workers: real processes, one registry, and no call hurt by the loss of another's."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from pipeline.faults import KavError
from pipeline.server.app import Server, running
from pipeline.server.listening import ListenError
from pipeline.server.options import Limits, Options, Workers
from pipeline.tools.call.dial import call as dial
from pipeline.tools.call.options import CallOptions
from tests.kit.chain import chain
from tests.kit.outside import Outside, cause, children, launched, outside, started
from tests.kit.parrot import Shut, config
from tests.kit.peer import PUBLIC, TOKEN, Peer, call, metric, opened, ring, sid, signed
from tests.kit.reloading import ECHO, Live, put

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
SLOW = ECHO.replace("        yield", '''\
        import asyncio
        from loguru import logger
        logger.info("OPENING")
        await asyncio.Event().wait()
        yield''')  # fmt: skip

STOOD_IN_FOR = chain(llm="llm.openai: {model: mind, instructions: x}", tts="tts.tone: {ms_per_letter: 10}")


@asynccontextmanager
async def pooled(folder: Path, **changes: Any) -> AsyncIterator[tuple[Outside, ClientSession]]:
    """The parrot with two workers, and a client."""
    async with outside(folder, workers=2, **changes) as (server, session):
        yield server, session


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what no line of the log tells; the test's own time is the limit."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def ready(server: Server, session: ClientSession, status: int) -> None:
    """Wait until this is what it answers to who asks whether it takes calls."""
    while True:
        async with session.get(f"{server.url}/readyz") as response:
            if response.status == status:
                return


async def worker_of(server: Outside, number: int) -> int:
    """Which worker has the call with this number: its line in the log says so."""
    return int((await server.says(rf"(\d+):\w+ WS_START .*call_sid={sid(number)}"))[1])


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


async def test_without_a_worker_nobody_is_kept_waiting(tmp_path: Path) -> None:
    """Calls are turned away at once, and the server is not ready, until there is one again."""
    async with pooled(tmp_path) as (server, session):
        for pid in server.workers:
            os.kill(pid, signal.SIGKILL)
        await server.says("WORKER . was lost", 2)
        assert (await ring(server, session, sid(1))).find("Reject") is not None
        async with session.get(f"{server.url}/readyz") as response:
            assert (response.status, await response.text()) == (503, "no worker\n")
        await server.says("WORKER . is ready")
        async with session.get(f"{server.url}/readyz") as response:
            assert response.status == 200
        async with call(server, session, sid(2)):
            pass


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


async def test_workers_go_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    """Their calls end, their records are written, and no process is left."""
    async with pooled(tmp_path) as (server, session):
        async with call(server, session, sid(1)) as peer:
            server.process.kill()
            assert await peer.closed() == 1000
        await server.reading
    assert cause(tmp_path, 1) == "shutdown"


async def test_a_stopped_worker_goes_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    """It is let go on, and ends its calls like any other."""
    async with pooled(tmp_path) as (server, session):
        async with call(server, session, sid(1)) as peer:
            for pid in server.workers:
                os.kill(pid, signal.SIGSTOP)
            server.process.kill()
            assert await peer.closed() == 1000
        await server.reading
    assert cause(tmp_path) == "shutdown"


async def test_a_worker_whose_loop_is_kept_goes_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    """Not at once, but without its own doing."""
    async with pooled(tmp_path, silent=1.0) as (server, session):
        async with call(server, session, sid(1)) as peer:
            await peer.press("5")
            await server.says(r"1:CA\w+ BLOCKED by Parrot")
            server.process.kill()
            assert await peer.closed() == 1006
        await server.reading


async def test_a_worker_that_opens_a_config_goes_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    """However long that would have taken."""
    put(tmp_path / "echo.py", SLOW)
    Live(tmp_path, None, None).write()
    async with launched("run.py", "serve", str(tmp_path / "one.yaml"), "--port", "0", "--workers", "2") as server:
        await server.says("OPENING", 2)
        server.process.kill()
        await server.reading


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


async def test_a_worker_that_does_not_answer_gets_no_call() -> None:
    """Long before it is replaced; without any that does, calls are turned away until one answers again."""
    options = Options(port=0, limits=Limits(late=0.2))
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


async def test_workers_share_the_stand_ins_of_their_server(tmp_path: Path) -> None:
    """The model answers in another process than the call is in."""
    put(tmp_path / "one.yaml", STOOD_IN_FOR)
    command = ("run.py", "serve", str(tmp_path / "one.yaml"), "--port", "0", "--stand-ins", "--workers", "2")
    async with started(*command) as (server, _):
        assert await dial(CallOptions(target=server.url, say=("hello",))) == 0
        await server.says(r"1:CA\w+ ASR_TEXT: hello")
        await server.says(r"1:CA\w+ tts_done turn=1")


async def test_a_reload_is_one_of_all_workers_or_none(tmp_path: Path) -> None:
    """Calls end on what they rang with, what a worker cannot open none uses, and a new one gets what the rest has."""
    it = Live(tmp_path, None, None)
    put(tmp_path / "echo.py", ECHO)
    it.write()
    command = ("run.py", "serve", str(tmp_path / "one.yaml"), "--port", "0", "--workers", "2")
    async with started(*command) as (server, session), AsyncExitStack() as stack:
        rang = opened(await ring(server, session, sid(1)))
        before = await stack.enter_async_context(call(server, session, sid(2)))
        put(tmp_path / "echo.py", ECHO + "\n")
        it.write(number=1)
        server.process.send_signal(signal.SIGHUP)
        await server.says("RELOADED one")
        await before.talks(2)
        async with session.ws_connect(rang[0]) as ws:
            peer = Peer(ws, sid(1), rang[1]["token"])
            await peer.start()
            await peer.talks()
        it.write(number=-1)
        await server.says("RELOAD_FAILED one .* goes on")
        os.kill(server.workers[0], signal.SIGKILL)
        await server.says("WORKER 1 is ready")
        for number in (3, 4):
            await stack.enter_async_context(call(server, session, sid(number)))
        await stack.aclose()
        server.process.send_signal(signal.SIGTERM)
        assert await server.process.wait() == 0
    hashes = [it.record(number) for number in (1, 2, 3, 4)]
    assert hashes[0] == hashes[1] != hashes[2] == hashes[3]


async def test_a_config_that_a_worker_cannot_open_is_no_start() -> None:
    """Why is said in a sentence, and no process is left."""
    with pytest.raises(KavError, match=r"parrot\.yaml: a step cannot be opened: LookupError: nobody is there"):
        async with running([config(Shut)], Options(port=0), workers=Workers(count=2)):
            pass


async def test_a_port_in_use_is_one_clear_line_and_leaves_no_worker() -> None:
    """As without workers."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ListenError, match=f"port {port} on 127.0.0.1 is taken by another program"):
            async with running([config()], Options(port=port), workers=Workers(count=2)):
                pass


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
