"""Tasks that begin at once."""

from __future__ import annotations

import asyncio
from asyncio import CancelledError, Event, Task
from collections.abc import Coroutine
from contextvars import ContextVar
from typing import Any

import pytest

from pipeline.loop.eager import Eager
from pipeline.loop.virtual import run_virtual

WORD: ContextVar[str] = ContextVar("WORD", default="outside")


def begun(work: Coroutine[Any, Any, Any]) -> Task[Any]:
    run = Eager(asyncio.get_running_loop(), work)
    run.begin()
    return run.task


def test_what_need_not_wait_is_done_before_begin_returns() -> None:
    """And the task gives back what it returned."""
    done = []

    async def work() -> str:
        done.append("work")
        return "result"

    async def main() -> None:
        task = begun(work())
        assert done == ["work"]
        assert await task == "result"

    run_virtual(main())


def test_work_goes_on_where_it_waited() -> None:
    """For time, for an event and for the loop's next turn."""

    async def main() -> None:
        event, seen = Event(), []

        async def work() -> None:
            for each in (asyncio.sleep(1.0), asyncio.sleep(0), event.wait()):
                await each
                seen.append(asyncio.get_running_loop().time())

        task = begun(work())
        asyncio.get_running_loop().call_later(2.0, event.set)
        await task
        assert seen == [1.0, 1.0, 2.0]

    run_virtual(main())


def test_work_knows_its_own_task_and_context() -> None:
    """A time limit that it sets ends it and nobody else, even if a task begins in the middle of another."""

    async def late() -> str:
        WORD.set("inside")
        async with asyncio.timeout(1.0):
            await asyncio.sleep(2.0)
        return "never"

    async def main() -> None:
        mine = asyncio.current_task()
        task = begun(late())
        assert asyncio.current_task() is mine
        assert WORD.get() == "outside"
        with pytest.raises(TimeoutError):
            await task
        assert asyncio.get_running_loop().time() == 1.0

    run_virtual(main())


def test_an_error_is_the_tasks_own() -> None:
    """Whoever begins it does not get it."""

    async def broken() -> None:
        raise ValueError("broken")

    async def main() -> None:
        task = begun(broken())
        with pytest.raises(ValueError, match="broken"):
            await task

    run_virtual(main())


def test_work_that_is_cancelled_at_once_is_closed() -> None:
    """And so is what it waits for, as by any task that is cancelled."""
    closed = []

    async def main() -> None:
        inner = asyncio.get_running_loop().create_task(asyncio.sleep(5.0))

        async def work() -> None:
            try:
                await inner
            finally:
                closed.append("work")

        task = begun(work())
        task.cancel()
        with pytest.raises(CancelledError):
            await task
        assert closed == ["work"]
        with pytest.raises(CancelledError):
            await inner

    run_virtual(main())


def test_work_that_is_cancelled_before_it_begins_never_does() -> None:
    """Nothing of it runs."""
    seen = []

    async def work() -> None:
        seen.append("work")

    async def main() -> None:
        run = Eager(asyncio.get_running_loop(), work())
        run.task.cancel()
        run.begin()
        with pytest.raises(CancelledError):
            await run.task
        assert seen == []

    run_virtual(main())


def test_a_task_that_nobody_begins_begins_on_the_loops_next_turn() -> None:
    """As any other does."""

    async def main() -> None:
        assert await Eager(asyncio.get_running_loop(), asyncio.sleep(0, "slept")).task == "slept"

    run_virtual(main())


def test_whoever_looks_into_a_task_sees_where_it_waits() -> None:
    """The stack of a task that has begun is its work's."""

    async def patient() -> None:
        await asyncio.sleep(1.0)

    async def main() -> None:
        task = begun(patient())
        assert [frame.f_code.co_name for frame in task.get_stack()] == ["patient"]
        await task

    run_virtual(main())
