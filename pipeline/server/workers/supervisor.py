"""The supervisor of one worker: it starts a process, and another one if that is lost."""

from __future__ import annotations

import asyncio
import os
from asyncio import Event
from contextlib import suppress
from typing import Protocol

from loguru import logger

from pipeline.server.registry import Entry
from pipeline.server.workers.messages import Began, Ended, HangUp, Hello, Leave, Message, Ring, Told, ToParent
from pipeline.server.workers.process import WorkerProcess

STEADY = 10.0  # seconds that a process has to live, or it was short-lived
FIRST_PAUSE, LAST_PAUSE = 0.5, 30.0  # seconds before the next one after two short lives in a row, doubled each time
DOUBLED = 6  # times, which is past the last
SHORTEST = 1.0  # seconds that a stream has to start in, whoever gets its call late


class Owner(Protocol):
    """The pool, as its supervisors see it."""

    async def prepare(self, supervisor: Supervisor, process: WorkerProcess) -> bool:
        """Open in a new process what the others have open; False if that cannot be done."""

    def began(self, supervisor: Supervisor, message: Began) -> None:
        """A stream that no webhook announced is a call of this supervisor."""

    def ended(self, entry: Entry, cause: str) -> None:
        """A call of this supervisor has given its slot back."""

    def lost(self, supervisor: Supervisor, entries: list[Entry]) -> None:
        """The supervisor has lost its process, and these calls."""


class RemoteCall:
    """A call in a worker process, as the parent's registry sees it; `opened`: its socket is there."""

    state = "LENT"  # what it is doing the worker knows, and counts

    def __init__(self, call_sid: str, supervisor: Supervisor, opened: bool = False) -> None:
        self.cause = ""
        self.opened = opened
        self.supervisor = supervisor
        self._call_sid = call_sid

    def hang_up(self, reason: str) -> None:
        """Let the worker end it."""
        self.supervisor.send(HangUp(self._call_sid, reason))


class Supervisor:
    """Keeps one worker running. `up`: its process is ready; `entries`: those it has; `page`: what it last counted."""

    def __init__(self, hello: Hello, owner: Owner) -> None:
        self.hello, self.owner = hello, owner
        self.number = hello.number
        self.up = False
        self.page = b""
        self.process: WorkerProcess | None = None
        self.entries: dict[str, Entry] = {}
        self.taken = 0  # calls so far
        self._over = Event()

    @property
    def leaving(self) -> bool:
        """Whether it wants no process any more."""
        return self._over.is_set()

    @property
    def free(self) -> bool:
        """Whether it takes calls: it has a process, which is ready, and answers."""
        return self.up and self.process is not None and self.process.silence < self.hello.options.limits.late

    @property
    def load(self) -> tuple[int, int]:
        """The calls now, and the calls so far: the next call goes to the worker with the least."""
        return len(self.entries), self.taken

    def send(self, message: Message, file: int = -1) -> None:
        """Tell its process something; nobody hears it if there is none."""
        if self.process is not None:
            self.process.send(message, file)
        elif file >= 0:
            os.close(file)

    def ring(self, entry: Entry, key: str) -> RemoteCall:
        """Have this call, with the agent of this key."""
        call, within = RemoteCall(entry.call_sid, self), max(entry.start_by - _now(), SHORTEST)
        self.have(entry)
        self.send(Ring(key, entry.call_sid, entry.token, entry.secret, entry.caller, entry.called, within))
        return call

    def have(self, entry: Entry) -> None:
        """Count this call as one of this supervisor."""
        self.entries[entry.call_sid] = entry
        self.taken += 1

    async def ask(self, page: bool = False) -> None:
        """Hear how its calls are, and what it has counted, if it answers within a second."""
        if (process := self.process) is None:
            return
        await process.ask(page)
        if process.silence > self.hello.options.limits.silent:
            logger.error("WORKER {} has not answered for {:.0f} s", self.number, process.silence)
            process.give_up()

    async def run(self) -> None:
        """Keep a process until it is left."""
        short = 0  # lives in a row
        while not self.leaving:
            begun = _now()
            try:
                await self._live(WorkerProcess(self.hello, self._heard))
            except OSError as error:
                logger.error("WORKER {} cannot be started: {}", self.number, error)
            short = 0 if _now() - begun > STEADY else short + 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), pause(short))

    async def leave(self, patience: float) -> None:
        """Let its process end; one that has not within so many seconds is ended."""
        self.up = False
        self._over.set()
        if (process := self.process) is None:
            return
        process.send(Leave())
        try:
            async with asyncio.timeout(patience):
                await process.gone.wait()
        except TimeoutError:
            logger.error("WORKER {} did not end within {:.0f} s", self.number, patience)
            process.give_up()

    async def _live(self, process: WorkerProcess) -> None:
        """Have this process until it is gone."""
        self.process = process
        try:
            self.up = await self.owner.prepare(self, process)
            if self.up:
                await process.gone.wait()
        finally:
            self.up, self.process = False, None
            entries, self.entries = list(self.entries.values()), {}
            process.kill()  # it has gone, or does not answer, or is not wanted
            self.owner.lost(self, entries)
            await process.end()

    def _heard(self, message: ToParent) -> None:
        match message:
            case Told():
                for call_sid, cause in message.causes.items():
                    if call_sid in self.entries and (call := self.entries[call_sid].call) is not None:
                        call.cause = cause
                self.page = message.page or self.page
            case Began():
                self.owner.began(self, message)
            case Ended(call_sid=call_sid, cause=cause):
                if (entry := self.entries.pop(call_sid, None)) is not None:
                    self.owner.ended(entry, cause)


def pause(short: int) -> float:
    """Seconds before the next process, after so many short lives in a row: the first one may be mere chance."""
    return 0.0 if short < 2 else min(FIRST_PAUSE * 2 ** min(short - 2, DOUBLED), LAST_PAUSE)


def _now() -> float:
    return asyncio.get_running_loop().time()
