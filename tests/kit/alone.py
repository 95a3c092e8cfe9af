"""Async tests on a real event loop: each has a loop of its own, and has to leave it as it found it.

For virtual time there is `pipeline.testing.run_virtual`, which asks the same of a coroutine.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from tests.kit.invariants import GRACE

T = TypeVar("T")

TOO_LONG = 20.0  # seconds after which a test hangs
SLOW = 300.0  # of whole calls in real time, and of processes that load a dictionary


def run(main: Awaitable[T], loop_factory: Any = None, limit: float = TOO_LONG) -> T:
    """Run a test to its end on a new loop, and return its result.

    Raises AssertionError if it left a task that does not end, or an error unseen, and TimeoutError if it hangs.
    """
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        result = runner.run(_watched(main, limit))
        runner.get_loop().set_exception_handler(None)  # an error that shows later is logged, which the next test sees
    return result


def alone(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Make a test of a coroutine function: pytest calls it, `run` runs it."""

    @functools.wraps(test)
    def one(*args: Any, **kwargs: Any) -> None:
        run(test(*args, **kwargs))

    return one


async def _watched(main: Awaitable[T], limit: float) -> T:
    unseen: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unseen.append(context))
    async with asyncio.timeout(limit):
        result = await main
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if left:  # sockets, and grpc's own tasks, take a moment to end
        _, left = await asyncio.wait(left, timeout=GRACE)
    assert not left, left
    assert not unseen, unseen
    return result
