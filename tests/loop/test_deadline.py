"""Deadlines on a loop that is blocked, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from pipeline.loop.deadline import GRACE, Deadline, in_time
from pipeline.loop.virtual import run_virtual
from tests.kit.stalled import StalledLoop


def on_a_loop(test: Coroutine[Any, Any, None]) -> None:
    """Run a test on a loop that can be blocked."""
    run_virtual(test, StalledLoop)


def loop() -> StalledLoop:
    """The running loop."""
    running = asyncio.get_running_loop()
    assert isinstance(running, StalledLoop)
    return running


def test_it_comes_at_its_time() -> None:
    """To the millisecond, on a loop that runs."""

    async def scenario() -> None:
        came: list[float] = []
        Deadline(loop(), 5.0, lambda: came.append(loop().time()))
        await asyncio.sleep(10)
        assert came == [5.0]

    on_a_loop(scenario())


def test_a_blocked_loop_reads_first() -> None:
    """What came while it was blocked puts off the deadline; a peer that sent nothing has its end a second later."""

    async def scenario() -> None:
        came: list[str] = []
        read, _ = Deadline(loop(), 5.0, came.append, "read"), Deadline(loop(), 5.0, came.append, "silent")
        await asyncio.sleep(4)
        loop().block(3.0)
        await asyncio.sleep(GRACE / 2)  # the socket is read, and the first peer's message is there
        assert came == []
        read.cancel()
        await asyncio.sleep(GRACE)
        assert came == ["silent"]

    on_a_loop(scenario())


def test_it_can_be_cancelled_again_and_again() -> None:
    """Before its time and after."""

    async def scenario() -> None:
        came: list[str] = []
        deadline = Deadline(loop(), 5.0, came.append, "too late")
        deadline.cancel()
        await asyncio.sleep(10)
        deadline.cancel()
        assert came == []

    on_a_loop(scenario())


def test_a_block_of_code_is_bounded_alike() -> None:
    """It ends by TimeoutError after its time; on a blocked loop, a second after that."""

    async def scenario() -> None:
        with pytest.raises(TimeoutError):
            async with in_time(5.0):
                await asyncio.sleep(60)
        assert loop().time() == 5.0
        async with in_time(5.0):
            loop().block(8.0)
            await asyncio.sleep(GRACE / 2)
        with pytest.raises(TimeoutError):
            async with in_time(5.0):
                loop().block(8.0)
                await asyncio.sleep(60)

    on_a_loop(scenario())
