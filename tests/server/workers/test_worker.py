"""A worker's own part in a reload, in stand-ins and at the end."""

from __future__ import annotations

import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path

from pipeline.tools.call.dial import call as dial
from pipeline.tools.call.options import CallOptions
from tests.kit.chain import chain
from tests.kit.outside import started
from tests.kit.peer import Peer, call, opened, ring, sid
from tests.kit.reloading import ECHO, Live, put

STOOD_IN_FOR = chain(llm="llm.openai: {model: mind, instructions: x}", tts="tts.tone: {ms_per_letter: 10}")


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
