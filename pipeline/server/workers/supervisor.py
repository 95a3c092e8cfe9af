"""The supervisor of one worker: it starts a process, and restarts it with a growing pause when it is lost."""

from __future__ import annotations

import asyncio
import os
from asyncio import Event
from contextlib import suppress
from typing import Protocol

from loguru import logger

from pipeline.server.entry import Entry
from pipeline.server.workers.messages import (
    Began,
    Ended,
    HangUp,
    Hello,
    Leave,
    Message,
    Ring,
    Seen,
    StopReply,
    Told,
    ToParent,
)
from pipeline.server.workers.process import WorkerProcess
from pipeline.transfer import Handed

STEADY = 10.0  # seconds of life from which on a process was not short-lived
FIRST_PAUSE, LAST_PAUSE = 0.5, 30.0  # seconds before a restart after two short lives in a row, doubled for each next
DOUBLED = 6  # doublings at most, which is past LAST_PAUSE
SHORTEST = 1.0  # seconds at least that a stream has to start in, also if its call was moved to another worker


class Owner(Protocol):
    """The part of the pool that its supervisors use."""

    async def prepare(self, supervisor: Supervisor, process: WorkerProcess) -> bool:
        """Open every agent in a new process; False if one cannot be opened."""

    def began(self, supervisor: Supervisor, message: Began) -> None:
        """Book a slot for a stream without a webhook that has come to this worker."""

    def ended(self, entry: Entry, cause: str, handed: Handed | None) -> None:
        """Free the slot of a call that has ended in this worker, or hold it while the call is transferred."""

    def lost(self, supervisor: Supervisor, entries: list[Entry]) -> None:
        """Handle the end of the worker's process, which had these calls."""


class Viewers(Protocol):
    """The viewers of the calls in workers."""

    def seen(self, message: Seen) -> None:
        """Pass a delivery on to its viewer."""

    def lost(self, supervisor: Supervisor) -> None:
        """Tell the viewers of this worker's calls that they have ended."""


class RemoteCall:
    """A call in a worker process, for the parent's registry; `opened` is True once its socket was passed on."""

    state = "LENT"  # the worker knows the call's state, and counts it

    def __init__(self, call_sid: str, supervisor: Supervisor, opened: bool = False) -> None:
        self.cause = ""
        self.handed: Handed | None = None
        self.opened = opened
        self.supervisor = supervisor
        self._call_sid = call_sid

    def hang_up(self, reason: str) -> None:
        """Tell the worker to end the call."""
        self.supervisor.send(HangUp(self._call_sid, reason))

    def interrupt(self) -> None:
        """Tell the worker to stop the reply under way."""
        self.supervisor.send(StopReply(self._call_sid))


class Supervisor:
    """Keeps one worker process running.

    `up` is True while the process is ready for calls, `entries` are the worker's calls by call sid, `page` and
    `digest` are its last report of metrics and of rows.
    """

    def __init__(self, hello: Hello, owner: Owner) -> None:
        self.hello, self.owner = hello, owner
        self.number = hello.number
        self.up = False
        self.page = self.digest = b""
        self.process: WorkerProcess | None = None
        self.entries: dict[str, Entry] = {}
        self.taken = 0  # calls so far
        self.used = False  # its process has had a call
        self.renewing = False  # its process was told to exit, for a new one
        self.viewers: Viewers | None = None
        self._over = Event()

    @property
    def leaving(self) -> bool:
        """True once `leave` was called: no process is started any more."""
        return self._over.is_set()

    @property
    def free(self) -> bool:
        """True if the worker takes calls: its process is ready, and has not owed an answer for 2 seconds."""
        return self.up and self.process is not None and self.process.silence < self.hello.options.limits.late

    @property
    def memory(self) -> int:
        """The bytes of memory that its process has in use."""
        return self.process.memory if self.process is not None else 0

    @property
    def load(self) -> tuple[int, int]:
        """The number of calls now, then of all so far: the next call goes to the worker with the least."""
        return len(self.entries), self.taken

    def send(self, message: Message, file: int = -1) -> None:
        """Send a message, and a file descriptor, which is closed here; both are dropped if there is no process."""
        if self.process is not None:
            self.process.send(message, file)
        elif file >= 0:
            os.close(file)

    def ring(self, entry: Entry, key: str) -> RemoteCall:
        """Assign a call to this worker, with the agent of this key, and return it for the registry."""
        call, within = RemoteCall(entry.call_sid, self), max(entry.start_by - _now(), SHORTEST)
        self.have(entry)
        who = (entry.caller, entry.called)
        self.send(Ring(key, entry.call_sid, entry.token, entry.secret, *who, within, entry.before, entry.memory))
        return call

    def have(self, entry: Entry) -> None:
        """Add an entry to this worker's calls."""
        self.entries[entry.call_sid] = entry
        self.taken += 1
        self.used = True

    async def ask(self, page: bool = False) -> None:
        """Ask for a report, and wait for it a second at most; gives up a process that has been silent for 30 s."""
        if (process := self.process) is None:
            return
        await process.ask(page)
        if process.silence > self.hello.options.limits.silent:
            logger.error("WORKER {} has not answered for {:.0f} s", self.number, process.silence)
            process.give_up()

    def renew(self, working: float) -> None:
        """Replace the process, which has no calls, once the work after its calls is done; it has `working` seconds."""
        self.up, self.renewing = False, True
        self.send(Leave(working))

    async def run(self) -> None:
        """Start a process, and another one whenever it is lost, until `leave`; returns when the last has exited."""
        short = 0  # short lives in a row
        while not self.leaving:
            begun = _now()
            try:
                await self._live(WorkerProcess(self.hello, self._heard))
            except OSError as error:
                logger.error("WORKER {} cannot be started: {}", self.number, error)
            short = 0 if _now() - begun > STEADY else short + 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), pause(short))

    async def leave(self, working: float, patience: float, hurry: Event) -> None:
        """Tell the process to end its calls and exit; it is given up, and so killed, if it does not.

        It has `working` seconds for the work after its calls, cut short by `hurry`, and `patience` seconds beyond them.
        """
        self.up = False
        self._over.set()
        if (process := self.process) is None:
            return
        process.send(Leave(working))
        gone, hurried = asyncio.ensure_future(process.gone.wait()), asyncio.ensure_future(hurry.wait())
        await asyncio.wait((gone, hurried), timeout=working + patience, return_when=asyncio.FIRST_COMPLETED)
        if hurried.done() and not gone.done():
            process.send(Leave(working, hurry=True))
            await asyncio.wait((gone,), timeout=patience)
        hurried.cancel()
        if not gone.done():
            logger.error("WORKER {} did not end in its time", self.number)
            process.give_up()
            await gone

    async def _live(self, process: WorkerProcess) -> None:
        """Prepare a process and wait until it has gone; at the end it is killed, and its calls are reported lost."""
        self.process, self.used, self.renewing = process, False, False
        try:
            self.up = await self.owner.prepare(self, process)
            if self.up:
                await process.gone.wait()
        finally:
            self.up, self.process = False, None
            entries, self.entries = list(self.entries.values()), {}
            process.kill()  # it may still run: silent, or not ready, or this task is cancelled
            self.owner.lost(self, entries)
            if self.viewers is not None:
                self.viewers.lost(self)
            await process.end()

    def _heard(self, message: ToParent) -> None:
        match message:
            case Told():
                for call_sid, cause in message.causes.items():
                    if call_sid in self.entries and isinstance(call := self.entries[call_sid].call, RemoteCall):
                        call.cause, call.handed = cause, message.handed.get(call_sid)
                self.page, self.digest = message.page or self.page, message.digest
            case Seen():
                if self.viewers is not None:
                    self.viewers.seen(message)
            case Began():
                self.owner.began(self, message)
            case Ended(call_sid=call_sid, before=before):
                if call_sid in self.entries and self.entries[call_sid].before == before:
                    self.owner.ended(self.entries.pop(call_sid), message.cause, message.handed)


def pause(short: int) -> float:
    """Return the seconds before the next start after so many short lives in a row: 0 after one, 30 at most."""
    return 0.0 if short < 2 else min(FIRST_PAUSE * 2 ** min(short - 2, DOUBLED), LAST_PAUSE)


def _now() -> float:
    return asyncio.get_running_loop().time()
