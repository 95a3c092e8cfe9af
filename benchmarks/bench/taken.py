"""What a server took, put together from what was looked at while the generator ran."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from benchmarks.bench.plan import Point
from benchmarks.bench.results import Run
from benchmarks.load.outcome import Outcome, spread

BEFORE = 0.25  # seconds before an underrun in which
STALL = 0.01  # stalls of together so many seconds are its cause

Times = Sequence[tuple[float, float]]  # pairs of when and how long, seconds


class Look(msgspec.Struct, frozen=True):
    """The clocks at one moment: `at` on CLOCK_MONOTONIC, processor times in seconds, memory in kB."""

    at: float
    server: float
    load: float
    busy: float
    memory: float


def during(outcome: Outcome, looks: Iterable[Look]) -> list[Look]:
    """The looks at the time in which all calls were under way."""
    return [look for look in looks if outcome.began <= look.at <= outcome.ended]


def combine(point: Point, outcome: Outcome, looks: Sequence[Look], before: float, lags: Times, stalled: Times) -> Run:
    """A run; `before` is the server's memory before the calls (kB), two or more of `looks` are of the steady time."""
    steady = during(outcome, looks)
    first, last = steady[0], steady[-1]
    window = last.at - first.at
    cores, load = (last.server - first.server) / window, (last.load - first.load) / window
    forgiven = sum(excused(at, gap / 1000, stalled) for at, gap in outcome.underruns)
    return Run(
        server=point.server,
        calls=point.calls,
        repeat=point.repeat,
        cores=round(cores, 4),
        memory=round((max(look.memory for look in steady) - before) / point.calls, 1),
        lag=spread(late for at, late in lags if outcome.began <= at <= outcome.ended),
        load_cores=round(load, 4),
        foreign=round(max(_foreign(steady), _foreign(looks)), 3),  # who comes late in the ramp waits there
        stalled=round(sum(length for at, length in stalled if first.at <= at <= last.at), 3),
        underruns=len(outcome.underruns) - forgiven,
        excused=forgiven,
        outcome=msgspec.structs.replace(outcome, underruns=[]),
    )


def _foreign(looks: Sequence[Look]) -> float:
    """How many cores others took from the first of these to the last."""
    first, last = looks[0], looks[-1]
    ours = last.server + last.load - first.server - first.load
    return max(0.0, (last.busy - first.busy - ours) / (last.at - first.at))


def excused(at: float, gap: float, stalled: Times) -> bool:
    """Whether the machine stood still right before an underrun that ended then, of so many seconds."""
    return sum(length for end, length in stalled if at - gap - BEFORE <= end <= at + STALL) >= STALL
