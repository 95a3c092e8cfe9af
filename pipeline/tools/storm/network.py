"""A random network: it loses, repeats, reorders and stalls the caller's sound, and the marks on their way back."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from random import Random

from pipeline import audio
from pipeline.phone import virtual_line
from pipeline.phone.virtual_line import Arrive
from pipeline.tools.storm import plan

LATE = (1, 2, 3, 5)  # frames by which a reordered message is late


class StormNetwork(virtual_line.Network):
    """One call's network. `wrong` counts the messages that did not arrive once and in order, by kind."""

    def __init__(self, loop: AbstractEventLoop, shares: plan.Network, random: Random, wrong: dict[str, int]) -> None:
        self.loop, self.shares, self.random, self.wrong = loop, shares, random, wrong
        self.start = loop.time()
        self.free = 0.0  # seconds of the call at which the last stall ends

    def media(self, at: float, arrive: Arrive) -> None:
        shares = self.shares
        if self.random.random() < shares.lost:
            self.wrong["lost"] += 1
        elif self.random.random() < shares.shuffled:
            self.wrong["shuffled"] += 1
            late = self.random.choice(LATE) * audio.FRAME_SECONDS + 0.001
            self.loop.call_later(late, self.deliver, arrive)
        else:
            self.deliver(arrive)
            if self.random.random() < shares.twice:
                self.wrong["twice"] += 1
                self.loop.call_later(self.random.uniform(0, 0.1), self.deliver, arrive)

    def deliver(self, arrive: Arrive) -> None:
        """Let a message arrive, at once or at the end of the stall, after those held before it."""
        now = self.loop.time() - self.start
        held = [at + length for at, length in self.shares.stalls if at <= now < at + length]
        self.free = max([self.free, *held])
        if self.free <= now:
            arrive()
        else:
            self.loop.call_at(self.start + self.free, arrive)

    def mark(self, name: str, arrive: Arrive) -> None:
        if self.random.random() < self.shares.marks_lost:
            self.wrong["mark"] += 1
            return
        late = self.random.uniform(0, self.shares.mark_late)
        self.wrong["mark"] += late > 0
        for _ in range(1 + (self.random.random() < self.shares.marks_twice)):
            self.loop.call_later(late, arrive)
