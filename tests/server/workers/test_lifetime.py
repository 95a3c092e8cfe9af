"""Workers go when their parent has gone, whatever they are doing."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.kit.outside import cause, launched, pooled
from tests.kit.peer import call, sid
from tests.kit.reloading import ECHO, Live, put

SLOW = ECHO.replace("        yield", '''\
        import asyncio
        from loguru import logger
        logger.info("OPENING")
        await asyncio.Event().wait()
        yield''')  # fmt: skip


@pytest.mark.fault("G11")
async def test_workers_go_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    """Their calls end, their records are written, and no process is left."""
    async with pooled(tmp_path) as (server, session):
        async with call(server, session, sid(1)) as peer:
            server.process.kill()
            assert await peer.closed() == 1000
        await server.reading
    assert cause(tmp_path, 1) == "shutdown"


@pytest.mark.fault("G11")
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
