"""The outbox of a process with calls: that a call began, and how it ended, is on the disk before its slot is free.

A disk that takes nothing keeps no call: its end waits here, is tried again each second, and is told of once a minute.
"""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, Task
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
from loguru import logger

from pipeline.after.alive import Alive
from pipeline.after.files import ENDED, OPEN, Began, Ended, part, write
from pipeline.log.throttle import Throttle
from pipeline.records.files import from_here
from pipeline.twilio.messages import CALL_SID

PATIENCE = 2.0  # seconds that the end of a call waits for the disk
AGAIN = 0.5  # seconds between attempts to write what the disk did not take
MOST = 500  # ends of calls that may wait for the disk


class Kept:
    """One stream of a call in an outbox; `path` is its folder, once it was made."""

    def __init__(self, folder: Path, began: Began) -> None:
        self.folder, self.began = folder, began
        self.path: Path | None = None
        self.ended: Ended | None = None


class Outbox:
    """Writes the beginnings and ends of this process's calls, in one thread for all. Needs a running loop."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._thread = ThreadPoolExecutor(1, "outbox")
        self._alive: dict[Path, Alive] = {}
        self._late: list[Kept] = []
        self._writing: set[Task[None]] = set()
        self._again: Task[None] | None = None
        self._throttle = Throttle(loop)

    def began(self, folder: str, began: Began) -> Kept | None:
        """Write that a call began, and return it for its end; never waits. None without a folder, or a CallSid."""
        if not folder or not CALL_SID.fullmatch(began.sid):
            return None
        kept = Kept(Path(folder), began)
        self._start(kept)
        return kept

    async def ended(self, kept: Kept, ended: Ended) -> None:
        """Write how a call ended; waits for the disk, 2 seconds at most (PATIENCE), after which the writing goes on."""
        kept.ended = ended
        await asyncio.wait((self._start(kept),), timeout=PATIENCE)

    def settle(self, kept: Kept, lasting: Collection[Task[Any]], end: Callable[[], Ended]) -> None:
        """Write how a call ended once more, when these tasks, to which their own are added, have ended; never waits."""

        async def settled() -> None:
            while lasting:
                await asyncio.wait(tuple(lasting))
            await self.ended(kept, end())

        self._keep(asyncio.ensure_future(settled()))

    async def close(self) -> None:
        """Write the rest, once more if the disk did not take it, and end the thread. May be called again."""
        if self._again is not None:
            self._again.cancel()
            await asyncio.wait((self._again,))
        while self._writing:  # tools that are at work for an ended call have their own limits
            await asyncio.wait(self._writing)
        for kept in self._late:
            if why := await self._loop.run_in_executor(self._thread, self._write, kept):
                logger.error("OUTBOX {} is lost: {}", kept.began.sid, why)
        self._late.clear()
        for alive in self._alive.values():
            alive.close()
        self._alive.clear()
        self._throttle.close()
        await asyncio.to_thread(self._thread.shutdown)
        self._thread = ThreadPoolExecutor(1, "outbox")  # for a call that ends later still; it begins when it is used

    def _start(self, kept: Kept) -> Task[None]:
        return self._keep(asyncio.ensure_future(self._try(kept)))

    def _keep(self, task: Task[None]) -> Task[None]:
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        return task

    async def _try(self, kept: Kept) -> None:
        if why := await self._loop.run_in_executor(self._thread, self._write, kept):
            self._tell(kept, why)
            self._wait(kept)

    def _wait(self, kept: Kept) -> None:
        """Keep the end of a call for another attempt; beyond 500 (MOST) the oldest is given up."""
        if kept.ended is None:
            return
        self._late.append(kept)
        if len(self._late) > MOST:
            logger.error("OUTBOX {} is lost: {} others wait for the disk", self._late.pop(0).began.sid, MOST)
        if self._again is None or self._again.done():
            self._again = asyncio.ensure_future(self._insist())

    async def _insist(self) -> None:
        while self._late:
            await asyncio.sleep(AGAIN)
            for kept in tuple(self._late):
                if why := await self._loop.run_in_executor(self._thread, self._write, kept):
                    self._tell(kept, why)
                else:
                    self._late.remove(kept)
                    logger.warning("OUTBOX {} was written, late", kept.began.sid)

    def _tell(self, kept: Kept, why: str) -> None:
        def tell(more: int) -> None:
            logger.error(
                "OUTBOX cannot be written, {}: {}{}; calls go on, and their ends wait; do: make room, or let this user "
                "write there", from_here(kept.folder), why, f" ({more} times more)" if more else ""
            )  # fmt: skip

        self._throttle.put(kept.folder, tell)

    def _write(self, kept: Kept) -> str:
        """Write the beginning or the end of a call; return the reason if that fails, empty if not. In the thread."""
        try:
            if kept.path is None:
                kept.path = self._made(kept)
            if kept.ended is not None:
                write(kept.path / ENDED, msgspec.structs.replace(kept.ended, call=kept.began))
        except OSError as error:
            return error.strerror or str(error)
        return ""

    def _made(self, kept: Kept) -> Path:
        if kept.folder not in self._alive:
            kept.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._alive[kept.folder] = Alive(kept.folder)
        path = part(kept.folder, kept.began.sid)
        path.mkdir(mode=0o700)
        kept.path = path
        kept.began = msgspec.structs.replace(kept.began, process=self._alive[kept.folder].name)
        write(path / OPEN, kept.began)
        return path
