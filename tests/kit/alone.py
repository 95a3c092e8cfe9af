"""Async tests, each on a loop of its own that it has to leave as it found it."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Any

TOO_LONG = 20.0  # seconds after which a test hangs


def alone(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run a test to its end; it fails if it leaves a task behind, or an error that nobody saw."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(_watched(test(*args, **kwargs)))

    return run


async def _watched(test: Awaitable[None]) -> None:
    unseen: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unseen.append(context))
    async with asyncio.timeout(TOO_LONG):
        await test
        for _ in range(10):  # what was cancelled gets its turn to end
            await asyncio.sleep(0)
    left = [task for task in asyncio.all_tasks() - {asyncio.current_task()} if not _is_grpc(task)]
    assert not left, left
    assert not unseen, unseen


def _is_grpc(task: asyncio.Task[Any]) -> bool:
    """The library's own tasks end a moment after what they belong to."""
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and "grpc" in code.co_filename
