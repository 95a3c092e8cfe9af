"""Signals that a server takes."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pipeline.server.signals import stop_signals
from tests.kit.alone import run
from tests.kit.outside import Outside, started
from tests.kit.pages import read
from tests.kit.reloading import ECHO, Live, put


@asynccontextmanager
async def served(it: Live, stdin: int = DEVNULL) -> AsyncIterator[Outside]:
    """`run.py serve` with a config, in a process of its own; it has ended well when the block has."""
    put(it.folder / "echo.py", ECHO)
    it.write()
    async with started("run.py", "serve", str(it.folder / "one.yaml"), "--port", "0", stdin=stdin) as (server, _):
        yield server
        assert await server.process.wait() == 0


@pytest.mark.fault("G10")
async def test_sighup_reloads_and_a_bad_config_does_not_stop_the_server(tmp_path: Path) -> None:
    """At once; what is changed without a signal is seen within seconds."""
    it = Live(tmp_path, None, None)
    async with served(it) as server:
        it.write(number=1)
        server.process.send_signal(signal.SIGHUP)
        await server.says("RELOADED one")
        put(tmp_path / "one.yaml", "pipeline: [")
        await server.says("RELOAD_FAILED one .* goes on")
        it.write(number=2)
        await server.says("RELOADED one", 2)
        server.process.send_signal(signal.SIGTERM)


@pytest.mark.fault("G10")
async def test_a_closed_terminal_ends_a_server_that_was_started_in_it(tmp_path: Path) -> None:
    """Its SIGHUP is no wish to reload: the server goes as with SIGTERM, and leaves no port behind."""
    ours, theirs = os.openpty()
    async with served(Live(tmp_path, None, None), theirs) as server:
        os.close(theirs)
        os.close(ours)
        server.process.send_signal(signal.SIGHUP)
        await server.says("STOPPING 0 calls left")


SLOW = """
import asyncio
from contextlib import asynccontextmanager

from loguru import logger

from kav import Processor, on
from kav.frames import AudioOut


class Slow(Processor):
    @classmethod
    @asynccontextmanager
    async def share(cls, settings, phrases, language):
        yield None
        logger.info("CLOSING")
        await asyncio.sleep(1.0)

    @on(AudioOut)
    def sound(self, frame):
        self.push(frame)
"""


@pytest.mark.fault("G10")
async def test_ctrl_c_while_steps_are_closed(tmp_path: Path) -> None:
    """A hand that presses it twice does not break off the closing: no traceback, and exit code 0."""
    (tmp_path / "slow.py").write_text(SLOW, encoding="utf-8")
    config = read("configs/bench.yaml").replace("  - pacer", "  - slow\n  - pacer")
    (tmp_path / "one.yaml").write_text("plugins: [slow.py]\n" + config, encoding="utf-8")
    async with started("run.py", "serve", str(tmp_path / "one.yaml"), "--port", "0") as (server, _):
        server.process.send_signal(signal.SIGINT)
        await server.says("CLOSING")
        server.process.send_signal(signal.SIGINT)
        await server.says("STOPPING the steps are being closed")
        assert await server.process.wait() == 0
        assert not any("Traceback" in line for line in server.lines)


class BareLoop(asyncio.SelectorEventLoop):
    """A loop without signal handlers, as the proactor's: those of its abstract class, which are not implemented."""

    add_signal_handler = asyncio.AbstractEventLoop.add_signal_handler
    remove_signal_handler = asyncio.AbstractEventLoop.remove_signal_handler


WINDOWS = {"SIGTERM": signal.SIGTERM, "SIGINT": signal.SIGINT}


def test_a_system_without_sighup_is_stopped_by_the_other_signals(lines: list[str]) -> None:
    """On a loop without handlers of its own, too; the log says what is missing, and every handler is put back."""
    before = [signal.getsignal(each) for each in WINDOWS.values()]

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for number, hurried in ((signal.SIGTERM, False), (signal.SIGINT, True)):
            with stop_signals(loop, lambda: None, WINDOWS) as (stop, hurry):
                signal.raise_signal(number)
                await asyncio.wait_for(stop.wait(), 5)
                assert hurry.is_set() is hurried

    run(main(), BareLoop)
    assert [signal.getsignal(each) for each in WINDOWS.values()] == before
    assert "SIGHUP is not supported here" in lines[0]
