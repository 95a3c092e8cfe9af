"""A worker's seat: it has a process, and if that is lost, another one."""

from __future__ import annotations

import asyncio
import os
from asyncio import Event
from contextlib import suppress
from typing import Protocol

from loguru import logger

from pipeline.server.registry import Entry
from pipeline.server.workers.messages import Began, Ended, HangUp, Hello, Leave, Message, Ring, Told, ToParent
from pipeline.server.workers.process import Child

STEADY = 10.0  # seconds that a process has to live, or it was short-lived
FIRST_PAUSE, LAST_PAUSE = 0.5, 30.0  # seconds before the next one after two short lives in a row, doubled each time
DOUBLED = 6  # times, which is past the last
SHORTEST = 1.0  # seconds that a stream has to start in, whoever gets its call late


class House(Protocol):
    """What a seat needs of the crew that it belongs to."""

    async def prepare(self, seat: Seat, child: Child) -> bool:
        """Open in a new process what the others have open; False if that cannot be done."""

    def began(self, seat: Seat, message: Began) -> None:
        """A stream that no webhook announced is a call of this seat."""

    def ended(self, entry: Entry, cause: str) -> None:
        """A call of this seat has given its slot back."""

    def lost(self, seat: Seat, entries: list[Entry]) -> None:
        """The seat has lost its process, and these calls."""


class Lent:
    """A call that a worker has, as the registry sees it; `opened`: its socket is there."""

    state = "LENT"  # what it is doing the worker knows, and counts

    def __init__(self, call_sid: str, seat: Seat, opened: bool = False) -> None:
        self.cause = ""
        self.opened = opened
        self.seat = seat
        self._call_sid = call_sid

    def hang_up(self, reason: str) -> None:
        """Let the worker end it."""
        self.seat.send(HangUp(self._call_sid, reason))


class Seat:
    """One worker's place. `up`: its process is ready; `entries`: those it has; `page`: what it last counted."""

    def __init__(self, hello: Hello, house: House) -> None:
        self.hello, self.house = hello, house
        self.number = hello.number
        self.up = False
        self.page = b""
        self.child: Child | None = None
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
        return self.up and self.child is not None and self.child.silence < self.hello.options.limits.late

    @property
    def load(self) -> tuple[int, int]:
        """What the seat for the next call has least of: calls now, calls so far."""
        return len(self.entries), self.taken

    def send(self, message: Message, file: int = -1) -> None:
        """Tell its process something; nobody hears it if there is none."""
        if self.child is not None:
            self.child.send(message, file)
        elif file >= 0:
            os.close(file)

    def ring(self, entry: Entry, key: str) -> Lent:
        """Have this call, with the agent of this key."""
        lent, within = Lent(entry.call_sid, self), max(entry.start_by - _now(), SHORTEST)
        self.have(entry)
        self.send(Ring(key, entry.call_sid, entry.token, entry.secret, entry.caller, entry.called, within))
        return lent

    def have(self, entry: Entry) -> None:
        """Count this call as one of this seat."""
        self.entries[entry.call_sid] = entry
        self.taken += 1

    async def ask(self, page: bool = False) -> None:
        """Hear how its calls are, and what it has counted, if it answers within a second."""
        if (child := self.child) is None:
            return
        await child.ask(page)
        if child.silence > self.hello.options.limits.silent:
            logger.error("WORKER {} has not answered for {:.0f} s", self.number, child.silence)
            child.give_up()

    async def run(self) -> None:
        """Keep a process until it is left."""
        short = 0  # lives in a row
        while not self.leaving:
            begun = _now()
            try:
                await self._live(Child(self.hello, self._heard))
            except OSError as error:
                logger.error("WORKER {} cannot be started: {}", self.number, error)
            short = 0 if _now() - begun > STEADY else short + 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), pause(short))

    async def leave(self, patience: float) -> None:
        """Let its process end; one that has not within so many seconds is ended."""
        self.up = False
        self._over.set()
        if (child := self.child) is None:
            return
        child.send(Leave())
        try:
            async with asyncio.timeout(patience):
                await child.gone.wait()
        except TimeoutError:
            logger.error("WORKER {} did not end within {:.0f} s", self.number, patience)
            child.give_up()

    async def _live(self, child: Child) -> None:
        """Have this process until it is gone."""
        self.child = child
        try:
            self.up = await self.house.prepare(self, child)
            if self.up:
                await child.gone.wait()
        finally:
            self.up, self.child = False, None
            entries, self.entries = list(self.entries.values()), {}
            child.kill()  # it has gone, or does not answer, or is not wanted
            self.house.lost(self, entries)
            await child.end()

    def _heard(self, message: ToParent) -> None:
        match message:
            case Told():
                for call_sid, cause in message.causes.items():
                    if call_sid in self.entries and (call := self.entries[call_sid].call) is not None:
                        call.cause = cause
                self.page = message.page or self.page
            case Began():
                self.house.began(self, message)
            case Ended(call_sid=call_sid, cause=cause):
                if (entry := self.entries.pop(call_sid, None)) is not None:
                    self.house.ended(entry, cause)


def pause(short: int) -> float:
    """Seconds before the next process, after so many short lives in a row: the first one may be mere chance."""
    return 0.0 if short < 2 else min(FIRST_PAUSE * 2 ** min(short - 2, DOUBLED), LAST_PAUSE)


def _now() -> float:
    return asyncio.get_running_loop().time()
