"""What the runs say together: which of them to believe, each server's row, its knee, and how the servers compare."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence

import msgspec

from benchmarks.bench.results import Run
from benchmarks.load.outcome import Outcome, Spread

FOREIGN = 0.3  # cores that others may take of two
STALLED = 0.01  # part of the time that the virtual CPUs may stand still
LATE = 5.0  # ms: the generator's own lateness, p99
FULL = 0.9  # cores: a generator, or a server, that has no more
BARGE_IN, RESPONSE = 100.0, 200.0  # ms, p99, of a server within its limit: a caller notices no less
UNDERRUNS = 0.003  # of the messages of its replies, of a server within its limit
BROKEN = ("no_response", "no_clear", "refused", "cut_off", "not_ended", "no_message", "early_responses", "early_clears")


class Row(msgspec.Struct, frozen=True):
    """One server under one load: the median of the runs that can be believed, or of all if none can.

    Times in ms, NaN if there is none, memory in kB; `underruns` and `messages`, those in which replies were sent, are
    the sums of all these runs. `doubt` says why not to believe it.
    """

    server: str
    calls: int
    runs: int
    cores: float
    memory: float
    response: float
    response_late: float
    barge_in: float
    barge_in_late: float
    lateness: float
    messages: int
    underruns: int
    lag: float
    broken: int
    doubt: str = ""

    @property
    def holds(self) -> bool:
        """True if the server is within its limit."""
        soon = self.barge_in_late <= BARGE_IN and self.response_late <= RESPONSE
        return soon and self.underruns <= UNDERRUNS * self.messages and not self.broken


def doubt(run: Run) -> str:
    """Why a run is not to be believed; nothing if it is."""
    if run.foreign > FOREIGN:
        return f"other work took {run.foreign:.2f} cores"
    if run.stalled > STALLED * run.window:
        return f"the virtual CPUs stood still for {run.stalled / run.window:.1%} of the time"
    if run.outcome.ticks.p99 > LATE or run.load_cores > FULL:
        late, took = run.outcome.ticks.p99, run.load_cores
        return f"the generator was the bottleneck: {late:.1f} ms late (p99), {took:.2f} cores"
    return ""


def broken(run: Run) -> int:
    """How many calls, replies and interruptions came to nothing."""
    return sum(run.outcome.counts.get(name, 0) for name in BROKEN)


def rows(runs: Iterable[Run]) -> list[Row]:
    """A row for each server and load, in the order in which they first come, fewest calls first."""
    by_load: dict[tuple[str, int], list[Run]] = {}
    for run in runs:
        by_load.setdefault((run.server, run.calls), []).append(run)
    names = list(dict.fromkeys(name for name, _ in by_load))
    return [_row(by_load[key]) for key in sorted(by_load, key=lambda key: (names.index(key[0]), key[1]))]


def _row(runs: Sequence[Run]) -> Row:
    believed = [run for run in runs if not doubt(run)]
    kept = believed or list(runs)

    def median(of: Callable[[Run], float]) -> float:
        return statistics.median(of(run) for run in kept)

    def between(spreads: Callable[[Outcome], Spread], name: str) -> float:
        values = [getattr(found, name) for run in kept if (found := spreads(run.outcome)).n]
        return statistics.median(values) if values else math.nan

    return Row(
        server=kept[0].server,
        calls=kept[0].calls,
        runs=len(kept),
        cores=median(lambda run: run.cores),
        memory=median(lambda run: run.memory),
        response=between(lambda it: it.response, "p50"),
        response_late=between(lambda it: it.response, "p99"),
        barge_in=between(lambda it: it.barge_in, "p50"),
        barge_in_late=between(lambda it: it.barge_in, "p99"),
        lateness=between(lambda it: it.lateness, "p99"),
        messages=sum(run.outcome.lateness.n for run in kept),
        underruns=sum(run.underruns for run in kept),
        lag=median(lambda run: run.lag.p95),
        broken=sum(broken(run) for run in kept),
        doubt="" if believed else doubt(runs[-1]),
    )


def knee(found: Iterable[Row], server: str) -> int:
    """The largest load that a server holds, of those measured; 0 if it holds none."""
    return max((row.calls for row in found if row.server == server and row.holds), default=0)


def beyond(runs: Iterable[Run]) -> list[tuple[str, int]]:
    """The loads under which a server took all of its core and did not hold, of those that can be believed."""
    return [(row.server, row.calls) for row in rows(runs) if row.cores >= FULL and not row.holds and not row.doubt]


def ratio(one: float, of: float) -> float | None:
    """How many times the other it is; None if that says nothing."""
    return one / of if one > 0 and of > 0 else None


def summary(runs: Sequence[Run]) -> str:
    """Whether a whole run can be believed, in a sentence."""
    found = rows(runs)
    doubted = [row for row in found if row.doubt]
    if not found:
        return "Nothing was measured."
    if not doubted:
        wrong = sum(bool(doubt(run)) for run in runs)
        return f"Every row can be believed; {wrong} of {len(runs)} runs were disturbed and left out."
    reasons = "; ".join(f"{row.server} with {row.calls}: {row.doubt}" for row in doubted[:3])
    more = " …" if len(doubted) > 3 else ""
    sure = "do not believe these figures" if len(doubted) * 4 > len(found) else "do not believe those rows"
    return f"{len(doubted)} of {len(found)} rows were measured on a machine too noisy: {sure} ({reasons}{more})."
