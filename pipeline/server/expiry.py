"""Looks after the records while a server runs: completes those of lost calls as it starts, and removes old ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from time import time

from pipeline.config import RecordSettings
from pipeline.records.expiry import expire
from pipeline.records.mending import mend_lost
from pipeline.vocabulary import Cause

EVERY = 3600.0  # seconds


@asynccontextmanager
async def expiring(settings: Callable[[], Iterable[RecordSettings]]) -> AsyncIterator[None]:
    """Complete the records of lost calls, then remove expired ones once an hour, inside the block.

    `settings` returns those of all configs.
    """
    running = asyncio.create_task(_run(settings))
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait((running,))


async def _run(settings: Callable[[], Iterable[RecordSettings]]) -> None:
    await asyncio.to_thread(mend_lost, tuple(settings()), Cause.WORKER_LOST)
    while True:
        now = [each for each in settings() if each.folder and each.keep is not None]
        if now:
            await asyncio.to_thread(expire, tuple(settings()), time())
        await asyncio.sleep(EVERY)
