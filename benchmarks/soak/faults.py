"""A soak with faults: calls that must not notice anything, and every few seconds a random fault beside them.

One server process has two agents of `configs/maximus_he.yaml`: a sound one, and a faulty one, whose providers have
fallbacks and go wrong by name. The bystanders call the sound one, so many at a time, from a phone in a process of its
own; faults are calls of the faulty agent, hostile streams, strangers at the port, and troubles of the whole process.
Every minute is a line. It fails if a bystander was not answered, heard a hole, or more than two seconds of silence
while it was the agent's turn, or was cut; if the server did not do what it promises to a fault; if memory grows after
the first ten minutes by a megabyte an hour or more (in runs of at least 20 minutes); or if descriptors, threads, tasks,
children or calls are left in the end.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

import msgspec
from aiohttp import ClientError

from benchmarks.processes import standing
from benchmarks.soak import hostile, peers, strangers, trouble
from benchmarks.soak.batches import SAID
from benchmarks.soak.ground import Ground, ground
from benchmarks.soak.judging import Bystander
from benchmarks.soak.minutes import Minutes
from benchmarks.soak.readings import held
from benchmarks.soak.verdict import Reading, left_behind, verdict
from benchmarks.soak.waits import Waits
from pipeline.tools.call.dial import speak
from pipeline.twilio.instructions import CallError

FAULTS = {**trouble.FAULTS, **peers.FAULTS, **strangers.FAULTS}
LOOK = 0.25  # seconds between looks at how long processes waited
READ = 5.0  # seconds between readings of memory
WARMING = ("tts UNAVAILABLE", "asr UNAVAILABLE", "llm 500", "good config", "disk full")
STAGGER = 4.0  # seconds between those: the first question of each meets its fault
REST = 90.0  # seconds in which all that faults have left has to go
DONE = 120.0  # seconds for the last faults and the last calls to end


class Plan(NamedTuple):
    """The run: its length in minutes, the bystanders at a time, seconds between faults, their order and choice."""

    minutes: float
    calls: int
    every: float
    seed: int
    only: str

    def names(self) -> Iterator[str]:
        """Yield the names of faults without end: all in a random order, then all in another."""
        chosen = [name for name in FAULTS if self.only in name]
        if not chosen:
            raise SystemExit(f"--only: no fault has {self.only!r} in its name")
        order = random.Random(self.seed)
        while True:
            yield from order.sample(chosen, len(chosen))


def soak(plan: Plan, folder: Path | None) -> int:
    """Soak, print, and return the exit code."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    sounds = asyncio.run(speak(SAID, "he-IL"))
    with (
        nullcontext(str(folder)) if folder is not None else tempfile.TemporaryDirectory() as place,
        standing() as sound,
        standing(module="benchmarks.soak.standing") as switched,
        ground(Path(place), sound, switched, plan.calls, sounds) as made,
    ):
        return asyncio.run(Soak(plan, made, Waits([made.server.pid, sound.pid])).run())


class Soak:
    """One run. `bystanders` are the calls that have ended, `complaints` what was wrong with them, by call."""

    def __init__(self, plan: Plan, made: Ground, waits: Waits) -> None:
        self.plan, self.ground, self.waits = plan, made, waits
        self.broken: list[str] = []  # promises that were not kept to a fault
        self.placed = Counter[str]()
        self.readings: list[Reading] = []
        self.minutes = Minutes(made, waits)
        self._faults: set[asyncio.Task[None]] = set()
        self._begun = time.monotonic()

    async def run(self) -> int:
        """Warm up, soak, rest, judge."""
        await self._warm()
        before = await held(self.ground.server)
        self.minutes.head(before)
        phone = await self._phone()
        watching = [asyncio.create_task(it) for it in (self._look(), self._read(), self._hear(phone))]
        await self._place()
        assert phone.stdin is not None
        phone.stdin.close()
        await asyncio.wait({watching[2], *self._faults}, timeout=DONE)
        await self.minutes.line(self.placed)
        after = await self._rest(before)
        for task in watching:
            task.cancel()
        return verdict(self.minutes, self.readings, self.broken, before, after, self.ground.alive, self.plan.minutes)

    async def _warm(self) -> None:
        """Have each part of the server open what it opens once."""
        await asyncio.gather(*(self._meet(name, STAGGER * place) for place, name in enumerate(WARMING)))
        await asyncio.sleep(8.0)
        self.placed.clear()

    async def _phone(self) -> asyncio.subprocess.Process:
        command = [sys.executable, "-m", "benchmarks.soak.bystanders", self.ground.server.url]
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            *command, "--calls", str(self.plan.calls), stdin=pipe, stdout=pipe, limit=2**20
        )

    async def _place(self) -> None:
        """Place the faults, and print a line each minute, until the time is over."""
        names, begun = self.plan.names(), time.monotonic()
        shown = 1
        while (now := time.monotonic() - begun) < self.plan.minutes * 60 and self.ground.alive:
            if now >= shown * 60:
                shown += 1
                await self.minutes.line(self.placed)
            task = asyncio.create_task(self._meet(next(names)))
            self._faults.add(task)
            task.add_done_callback(self._faults.discard)
            await asyncio.sleep(self.plan.every)

    async def _meet(self, name: str, after: float = 0.0) -> None:
        """Have one fault, and note a promise that was not kept."""
        await asyncio.sleep(after)
        self.placed[name] += 1
        try:
            complaint = await FAULTS[name](self.ground)
        except (CallError, ClientError, OSError, TimeoutError) as error:
            complaint = f"could not be placed: {type(error).__name__}: {error}"
        if complaint:
            self.broken.append(f"{name}: {complaint}")
            print(f"         {time.monotonic() - self._begun:6.0f} s  {name}: {complaint}", flush=True)

    async def _look(self) -> None:
        while True:
            self.waits.look()
            await asyncio.sleep(LOOK)

    async def _read(self) -> None:
        while True:
            self.readings.append(Reading(time.monotonic(), self.ground.server.rss))
            await asyncio.sleep(READ)

    async def _hear(self, phone: asyncio.subprocess.Process) -> None:
        """Judge the calls of the phone as they end."""
        assert phone.stdout is not None
        async for line in phone.stdout:
            call = msgspec.json.decode(line, type=Bystander)
            self.minutes.add(call, call.complaints(self.ground.stalls, hostile.STALL, self.waits.between))

    async def _rest(self, before: dict[str, int]) -> dict[str, int]:
        """Wait until nothing more is held than before, or until it ought to be so."""
        until = time.monotonic() + REST
        while True:
            after = await held(self.ground.server)
            if not left_behind(before, after) or time.monotonic() > until:
                return after
            await asyncio.sleep(2.0)
