"""The delivery of all that stands in the outboxes of a server's configs: one process looks, and sends what is due."""

from __future__ import annotations

import asyncio
import shutil
from asyncio import AbstractEventLoop, Event, Task
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from math import inf
from pathlib import Path
from time import time
from typing import Any

import msgspec
from aiohttp import ClientSession
from loguru import logger

from pipeline.after.case import Busy, Case, folders
from pipeline.after.courier import Courier
from pipeline.after.files import DEAD, DONE, ENDED, Sent
from pipeline.after.models import Models
from pipeline.after.sending import JITTER, PAUSES
from pipeline.config import Config
from pipeline.config.writable import try_writing
from pipeline.log.throttle import Throttle
from pipeline.records.files import from_here

EVERY = 1.0  # seconds between looks
AT_ONCE = 32  # calls that are worked on
UNDER_WAY, LATER = 1.0, 60.0  # seconds until the next look at a call: that goes on, that cannot be worked on
PROBE = 5.0  # seconds between trials of the folders
EXPIRE = 3600.0  # seconds between removals of what was received
LONGEST = PAUSES[-1] * (1 + JITTER)  # seconds between attempts, whatever clock another process had
LAST = 2.0  # seconds for the attempts under way when the server ends


class Delivery:
    """Works on every call in the outboxes of the present configs. Needs a running loop.

    `fault` is the reason why an outbox cannot be written, empty if all can; `pending` are the calls whose events are
    not all delivered, with the Unix time of their ends, `dead` the number of those given up. If it `hurries`, it waits
    for no attempt that is due later.
    """

    def __init__(
        self, loop: AbstractEventLoop, configs: Callable[[], Iterable[Config]], *, hurries: bool = False
    ) -> None:
        self._loop, self._configs, self._hurries = loop, configs, hurries
        self.fault, self.dead = "", 0
        self.pending: dict[Path, float] = {}
        self._due: dict[Path, float] = {}  # loop time; a folder that is not in it is new
        self._told: dict[Path, float] = {}  # the same as Unix time, for attempts that are due then
        self._working: dict[Path, Task[None]] = {}
        self._unsaved: dict[str, tuple[Sent, dict[str, Any] | None]] = {}  # by the call's folder
        self._woken, self._throttle, self._models = Event(), Throttle(loop), Models()
        self._session: ClientSession | None = None
        self._probed = self._expired = -EXPIRE

    def wake(self, call_sid: str) -> None:
        """Look at a call now: it has ended."""
        for path in [it for it in self._due if it.name.partition(".")[0] == call_sid]:
            del self._due[path]
        self._woken.set()

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self.look()
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await self._woken.wait()
            self._woken.clear()

    async def once(self) -> None:
        """Work on every call that is due, to the end of each."""
        await self.look()
        if self._working:
            await asyncio.wait(self._working.values())

    async def look(self) -> None:
        """Begin the work on every call that is due."""
        outboxes = _outboxes(self._configs())
        if not outboxes:
            return
        now = self._loop.time()
        if now >= self._probed + PROBE:
            self._probed = now
            self._found(await asyncio.to_thread(_unwritable, outboxes), outboxes)
        if now >= self._expired + EXPIRE:
            self._expired = now
            await asyncio.to_thread(_expire, outboxes, time())
        there, self.dead = await asyncio.to_thread(_listed, outboxes)
        for known in (self._due, self._told, self.pending):
            for path in known.keys() - set(there):
                del known[path]
        for path in there:
            if len(self._working) < AT_ONCE and path not in self._working and self._due.get(path, 0.0) <= now:
                self._working[path] = task = asyncio.ensure_future(self._work(path))
                task.add_done_callback(partial(self._worked, path))

    async def attempt(self, path: Path) -> None:
        """Work on one call to the end of it."""
        await self._work(path)

    async def close(self) -> None:
        """Give the attempts under way 2 seconds (LAST), and leave the rest to the next process."""
        if self._working:
            await asyncio.wait(self._working.values(), timeout=LAST)
        for task in self._working.values():
            task.cancel()
        if self._working:
            await asyncio.wait(self._working.values())
        await self._models.close()
        if self._session is not None:
            await self._session.close()
        self._throttle.close()

    async def _work(self, path: Path) -> None:
        """Work on one call, and note when it is due again."""
        try:
            case = await asyncio.to_thread(Case, path)
        except Busy:
            self._due[path] = self._loop.time() + EVERY
            return
        except (OSError, msgspec.MsgspecError) as error:
            self._complain(path, f"cannot be read: {error}")
            return
        try:
            self._due[path] = self._loop.time() + await self._on(case)
        except (OSError, msgspec.MsgspecError) as error:
            self._complain(path, f"cannot be worked on: {error}")
        finally:
            case.close()

    async def _on(self, case: Case) -> float:
        """Work on a locked case; return the seconds until it is due again."""
        if case.began is None or case.is_under_way:
            return UNDER_WAY
        config = next((it for it in self._configs() if it.name == case.began.config and it.after.send), None)
        if config is None:
            self._complain(case.path, f"has no receiver: no config `{case.began.config}` with `after.send` is served")
            return LATER
        if case.ended is None:
            await asyncio.to_thread(partial(case.lose, redacts=config.redact.after_call))
            logger.bind(call_sid=case.began.sid).error("AFTER the process of {} was lost: it has ended", case.name)
        self.pending.setdefault(case.path, (case.path / ENDED).stat().st_mtime)
        case.sent, case.analysed = self._unsaved.pop(case.name, (case.sent, case.analysed))
        if self._session is None:
            self._session = ClientSession()
        # A clock that is set back puts nothing off: what was agreed is due when the loop's time has come.
        until = inf if self._hurries else max(time(), self._told.get(case.path, 0.0))
        courier = Courier(case, config, self._session, self._models, self._keep, self._throttle, until)
        due = await courier.work()
        self._told[case.path] = due or 0.0
        return LATER if due is None else min(max(0.0, due - time()), LONGEST)

    def _worked(self, path: Path, task: Task[None]) -> None:
        del self._working[path]
        if not task.cancelled() and (error := task.exception()) is not None:
            self._complain(path, f"cannot be worked on: {type(error).__name__}: {error}")
        if len(self._working) == AT_ONCE - 1:
            self._woken.set()

    def _keep(self, case: Case, error: OSError) -> None:
        """Keep in memory the state of a case that the disk did not take."""
        self._unsaved[case.name] = case.sent, case.analysed
        self._complain(case.path, f"cannot be written: {error.strerror or error}")

    def _complain(self, path: Path, why: str) -> None:
        self._due[path] = self._loop.time() + LATER
        self._throttle.put(path.parent, lambda _: logger.error("OUTBOX {} {}", from_here(path), why))

    def _found(self, faults: dict[Path, str], outboxes: Iterable[Path]) -> None:
        self.fault = next(iter(faults.values()), "")
        for folder, why in faults.items():
            self._throttle.put(
                ("probe", folder), lambda _, folder=folder, why=why: logger.error(  # type: ignore[misc]
                    "OUTBOX {} takes nothing: {}; calls go on, and their ends wait in memory", from_here(folder), why
                )
            )  # fmt: skip


def _outboxes(configs: Iterable[Config]) -> dict[Path, float]:
    """Return the outboxes of these configs, each with the longest `keep`."""
    found: dict[Path, float] = {}
    for config in configs:
        if config.after.send and config.after.folder:
            path = Path(config.after.folder)
            found[path] = max(config.after.keep, found.get(path, 0.0))
    return found


def _listed(outboxes: Iterable[Path]) -> tuple[list[Path], int]:
    """Return the folders of calls to look at, and the number of dead ones."""
    outboxes = list(outboxes)
    return [path for each in outboxes for path in folders(each)], sum(len(folders(each, DEAD)) for each in outboxes)


def _unwritable(outboxes: Iterable[Path]) -> dict[Path, str]:
    """Return the outboxes in which no file can be kept, each with the reason."""
    found = {}
    for folder in outboxes:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try_writing(folder)
        except OSError as error:
            found[folder] = error.strerror or str(error)
    return found


def _expire(outboxes: dict[Path, float], now: float) -> None:
    """Remove the calls that were delivered longer ago than their outbox keeps them."""
    for outbox, keep in outboxes.items():
        for path in folders(outbox, DONE):
            with suppress(OSError):
                if now - path.stat().st_mtime > keep:
                    shutil.rmtree(path)
