"""Many calls at once, each spoken on its own absolute grid of 20 ms."""

from __future__ import annotations

import asyncio
import gc
import time
from functools import partial

from benchmarks.load.caller import Caller, Noted, Script
from benchmarks.load.line import Line
from benchmarks.load.messages import FRAME_SECONDS
from benchmarks.load.outcome import Outcome, spread

SLOTS = 20  # the calls are spread over the milliseconds of a frame
SETTLE = 1.0  # seconds after the last call was opened before anything is counted as steady


class Crowd:
    """So many calls to one address; `limit` seconds after the first, those that are left are given up."""

    def __init__(self, url: str, calls: int, script: Script, ramp: float, limit: float) -> None:
        self.url, self.script, self.ramp, self.limit = url, script, ramp, limit
        self.noted = Noted()
        self.lines = [Line(Caller(script, self.noted, index), index, self.over) for index in range(1, calls + 1)]
        self.left = calls
        self.done = asyncio.Event()
        self.late: list[float] = []
        self.began = self.ended = 0.0

    def over(self, _: Line) -> None:
        """A call has ended; with the first one, the steady time is over."""
        self.left -= 1
        self.ended = self.ended or time.monotonic()
        if not self.left:
            self.done.set()

    async def run(self) -> Outcome:
        """Make the calls, and say how they went."""
        begun = time.monotonic() + 0.05
        gc.collect()
        gc.freeze()
        gc.disable()  # the generator is not to stop for itself
        for slot in range(min(SLOTS, len(self.lines))):
            self.plan(self.lines[slot::SLOTS], begun + slot * FRAME_SECONDS / SLOTS)
        try:
            async with asyncio.timeout(self.limit), asyncio.TaskGroup() as dialling:
                for number, line in enumerate(self.lines):
                    await asyncio.sleep(begun + number * self.ramp / len(self.lines) - time.monotonic())
                    dialling.create_task(line.dial(self.url))
                await asyncio.sleep(SETTLE)
                self.began = time.monotonic()
                await self.done.wait()
        except TimeoutError:
            self.noted.counts["not_ended"] += self.left
        return self.outcome()

    def plan(self, lines: list[Line], due: float) -> None:
        """Have the next frame of these calls spoken when it is due; uvloop's timers have steps of a millisecond."""
        asyncio.get_running_loop().call_later(max(0.0, due - time.monotonic()), partial(self.tick, lines, due))

    def tick(self, lines: list[Line], due: float) -> None:
        """One frame of these calls; the next one is due 20 ms after this one was."""
        now = time.monotonic()
        self.late.append(max(0.0, now - due))
        for line in lines:
            line.tick(now)
        if not self.done.is_set():
            self.plan(lines, due + FRAME_SECONDS)

    def outcome(self) -> Outcome:
        """What was found out."""
        noted, ended = self.noted, self.ended or time.monotonic()
        underruns = [
            (round(at, 4), round(gap * 1000, 2)) for it in self.lines for at, gap in it.caller.buffer.underruns
        ]
        return Outcome(
            calls=len(self.lines),
            began=self.began or ended,
            ended=ended,
            counts=dict(noted.counts),
            response=spread(noted.response),
            barge_in=spread(noted.barge_in),
            lateness=spread(noted.lateness),
            ticks=spread(self.late),
            underruns=sorted(underruns),
        )
