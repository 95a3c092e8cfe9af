"""What is measured, in which order, and how long that takes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec

from benchmarks.load.caller import INTERRUPTS_AFTER, Script

KAV, BARE, PIPECAT = "kav", "bare loop", "pipecat"
FULL, QUICK = (1, 10, 30, 50, 100, 200, 300, 400, 500), (1, 30, 100)  # calls at a time
SET_UP = 11.0  # seconds for a server to start, warm up and end


class Point(msgspec.Struct, frozen=True):
    """One measurement to be made."""

    server: str
    calls: int
    repeat: int


class Load(msgspec.Struct, frozen=True):
    """What the generator is told besides the address and the number of calls: `ramp` in seconds."""

    script: Script
    ramp: float

    @property
    def seconds(self) -> float:
        """How long one run takes, about."""
        it = self.script
        interruptions = it.turns // it.barge_every if it.barge_every else 0
        turn = it.speech + it.stop + it.reply + it.pause + 0.2
        return self.ramp + it.lead + it.turns * turn + interruptions * (INTERRUPTS_AFTER + it.speech + it.stop)


def points(servers: Sequence[str], calls: Iterable[int], repeats: int) -> list[Point]:
    """Every server under every load, in turns: whatever else this machine does hits all of them alike."""
    numbers = list(calls)
    found = []
    for repeat in range(repeats):
        first = repeat % max(1, len(servers))
        for number in numbers:
            found += [Point(server, number, repeat) for server in (*servers[first:], *servers[:first])]
    return found


def load(calls: int, quick: bool) -> Load:
    """The load of so many calls: few calls speak longer, so that there is something to take a percentile of."""
    if quick:
        return Load(Script(turns=2), ramp=1.5)
    return Load(Script(turns=10 if calls < 10 else 6 if calls < 50 else 5), ramp=7.0)


def left(todo: Collection[Point], quick: bool, measured: float = 1.0) -> float:
    """Seconds that these take; `measured` is how much longer than expected those before them took."""
    return sum(load(point.calls, quick).seconds + SET_UP for point in todo) * measured


def spent(server: str, calls: int, gone: Iterable[tuple[str, int]]) -> int | None:
    """The number of calls at which a server was past its limit for the second time, if these are more; else None.

    `gone` are the loads under which servers took all of their core and still failed.
    """
    beyond = sorted({number for name, number in gone if name == server and number < calls})
    return beyond[1] if len(beyond) > 1 else None
