from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pipeline.testing import Deadlock, VirtualLoop, run_virtual


def test_waiting_costs_nothing_and_the_clock_shows_it() -> None:
    """Ten minutes of 20 ms timers run through, each at exactly its own time."""

    async def main() -> list[float]:
        loop, seen = asyncio.get_running_loop(), []
        for tick in range(30_000):
            loop.call_at(tick * 0.02, lambda at: seen.append(loop.time() - at), tick * 0.02)
        await asyncio.sleep(600)
        assert loop.time() == 600
        return seen

    assert run_virtual(main()) == [0] * 30_000


def test_the_order_is_the_same_every_time() -> None:
    """Timers that fall on the same moment run in the same order in every run."""

    async def main() -> list[int]:
        order: list[Any] = []
        loop = asyncio.get_running_loop()
        for name in range(100):
            loop.call_at(1 + name % 3, order.append, name)
        await asyncio.sleep(4)
        return order

    first = run_virtual(main())
    assert all(run_virtual(main()) == first for _ in range(5))


def test_a_timer_that_asks_again_for_its_own_time_moves_on() -> None:
    """Whoever compares loop time with the time it asked for is never one rounding error too early."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(0.1)
        for step in range(1, 1000):
            when, reached = step * 0.1 + 0.7, loop.create_future()
            loop.call_at(when, lambda reached: reached.set_result(loop.time()), reached)
            assert await reached >= when

    run_virtual(main())


def test_a_timeout_ends_what_hangs() -> None:
    """An hour of patience is over at once."""

    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3600):
                await asyncio.get_running_loop().create_future()
        return asyncio.get_running_loop().time()

    assert run_virtual(main()) == 3600


def test_a_deadlock_says_so_and_names_who_waits() -> None:
    """Waiting for what can never come is an error, not a hang."""

    async def main() -> None:
        await asyncio.sleep(2)
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Deadlock, match=r"at 2\.000 s .*_alone at .*:\d+"):
        run_virtual(main())


def test_a_deadlock_leaves_a_loop_that_can_be_closed() -> None:
    """Every task is cancelled after a deadlock, and says goodbye."""
    goodbyes = []

    async def main() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            goodbyes.append("bye")

    with pytest.raises(Deadlock):
        run_virtual(main())
    assert goodbyes == ["bye"]


def test_a_task_left_behind_is_found() -> None:
    """Whoever starts a task ends it."""

    left = []

    async def main() -> None:
        left.append(asyncio.create_task(asyncio.sleep(60)))

    with pytest.raises(AssertionError, match="left behind: Task-"):
        run_virtual(main())


def test_a_cancelled_task_gets_to_end() -> None:
    """A task that was cancelled as the last thing is not one left behind."""

    async def main() -> None:
        task = asyncio.create_task(asyncio.sleep(60))
        await asyncio.sleep(1)
        task.cancel()

    run_virtual(main())


def test_an_error_that_nobody_saw_is_seen() -> None:
    """A timer that raises fails the run."""

    async def main() -> None:
        asyncio.get_running_loop().call_later(1, lambda: 1 / 0)
        await asyncio.sleep(2)

    with pytest.raises(AssertionError, match="unhandled") as failure:
        run_virtual(main())
    assert isinstance(failure.value.__cause__, ZeroDivisionError)


def test_work_for_an_executor_runs_in_its_place() -> None:
    """Threads would bring chance in: their work is done at once, its errors included."""

    async def main() -> None:
        assert await asyncio.to_thread(sum, [1, 2, 3]) == 6
        with pytest.raises(ZeroDivisionError):
            await asyncio.get_running_loop().run_in_executor(None, lambda: 1 / 0)

    run_virtual(main())


def test_the_loop_stands_alone_too() -> None:
    """A VirtualLoop can be used as any loop."""
    loop = VirtualLoop()
    loop.run_until_complete(asyncio.sleep(5))
    loop.close()
    assert loop.time() == 5


def test_a_loop_that_was_never_whole_is_dropped_in_silence() -> None:
    """Ctrl-C may come before asyncio's `__init__` has run, and nothing is printed then."""
    VirtualLoop.__new__(VirtualLoop).__del__()
