"""Async tests on a real event loop: each has a loop of its own, and has to leave it as it found it.

For virtual time there is `pipeline.testing.run_virtual`, which asks the same of a coroutine.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")

TOO_LONG = 20.0  # seconds after which a test hangs


def run(main: Awaitable[T], loop_factory: Any = None) -> T:
    """Run a test to its end on a new loop, and return its result.

    Raises AssertionError if it left a task that does not end, or an error unseen, and TimeoutError if it hangs.
    """
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(_watched(main))


def alone(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Make a test of a coroutine function: pytest calls it, `run` runs it."""

    @functools.wraps(test)
    def one(*args: Any, **kwargs: Any) -> None:
        run(test(*args, **kwargs))

    return one


async def _watched(main: Awaitable[T]) -> T:
    unseen: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unseen.append(context))
    async with asyncio.timeout(TOO_LONG):
        result = await main
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if left:  # sockets, and grpc's own tasks, take a moment to end
        _, left = await asyncio.wait(left, timeout=TOO_LONG)
    assert not left, left
    assert not unseen, unseen
    return result
