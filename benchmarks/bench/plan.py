"""What is measured, in which order, and how long that takes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from benchmarks.load.caller import INTERRUPTS_AFTER, Script

KAV, BARE, PIPECAT, SILERO = "kav", "bare loop", "pipecat", "kav, vad.silero"
SERVERS = (KAV, BARE, PIPECAT, SILERO)
FULL, QUICK = (1, 10, 30, 50, 100, 200, 300, 400, 500), (1, 30, 100)  # calls at a time
OWN = {SILERO: (50, 100, 125, 150, 200)}  # it is full sooner
SPOKEN = {  # a tone is no voice to a model: it hears a recording, whose beginning it takes 120 ms longer to know
    SILERO: {"recording": "configs/demo/budget.wav", "grid": 8, "start": 0.18}  # five of its windows are eight frames
}
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


def loads(servers: Iterable[str], calls: Sequence[int], quick: bool) -> dict[str, Sequence[int]]:
    """How many calls at a time each server gets: those asked for, or, if none are, its own, few of them if quick."""
    own = {server: OWN.get(server, FULL) for server in servers}
    return {server: calls or [one for one in numbers if one in QUICK or not quick] for server, numbers in own.items()}


def points(loads: Mapping[str, Sequence[int]], repeats: int) -> list[Point]:
    """Every server under all its loads, in turns: whatever else this machine does hits all of them alike."""
    servers, numbers = list(loads), sorted({number for own in loads.values() for number in own})
    found = []
    for repeat in range(repeats):
        first = repeat % max(1, len(servers))
        turns = servers[first:] + servers[:first]
        found += [Point(server, number, repeat) for number in numbers for server in turns if number in loads[server]]
    return found


def load(point: Point, quick: bool) -> Load:
    """The load of a point: few calls speak longer, so that there is something to take a percentile of."""
    turns = 2 if quick else 10 if point.calls < 10 else 6 if point.calls < 50 else 5
    return Load(spoken(point.server, Script(turns=turns)), ramp=1.5 if quick else 7.0)


def spoken(server: str, script: Script) -> Script:
    """The script in words that the server knows for a voice."""
    return msgspec.structs.replace(script, **SPOKEN.get(server, {}))


def left(todo: Collection[Point], quick: bool, measured: float = 1.0) -> float:
    """Seconds that these take; `measured` is how much longer than expected those before them took."""
    return sum(load(point, quick).seconds + SET_UP for point in todo) * measured


def spent(server: str, calls: int, gone: Iterable[tuple[str, int]]) -> int | None:
    """The number of calls at which a server was past its limit for the second time, if these are more; else None.

    `gone` are the loads under which servers took all of their core and still failed.
    """
    beyond = sorted({number for name, number in gone if name == server and number < calls})
    return beyond[1] if len(beyond) > 1 else None
