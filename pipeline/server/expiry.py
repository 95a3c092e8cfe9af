"""Removes old records while a server runs: as it starts, and once an hour."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from time import time

from pipeline.config import RecordSettings
from pipeline.records.expiry import expire

EVERY = 3600.0  # seconds


@asynccontextmanager
async def expiring(settings: Callable[[], Iterable[RecordSettings]]) -> AsyncIterator[None]:
    """Remove the records that have expired, again and again inside the block; `settings` are those of all configs."""
    running = asyncio.create_task(_run(settings))
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait((running,))


async def _run(settings: Callable[[], Iterable[RecordSettings]]) -> None:
    while True:
        now = [each for each in settings() if each.folder and each.keep is not None]
        if now:
            await asyncio.to_thread(expire, tuple(settings()), time())
        await asyncio.sleep(EVERY)
