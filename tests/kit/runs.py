"""Runs of the benchmark that nobody measured, for tests of what is made of them."""

from __future__ import annotations

from typing import Any

from benchmarks.bench.plan import KAV
from benchmarks.bench.results import About, Run, Setup
from benchmarks.load.outcome import Outcome, Spread

ABOUT = About(Setup("a machine", {"Kav": "1"}), "python -m benchmarks run", "2026-01-01 00:00")


def spread(p99: float, count: int = 100) -> Spread:
    return Spread(count, p99 / 2, p99, p99, p99)


def run(
    server: str = KAV, calls: int = 10, response: float = 10, barge_in: float = 5, ticks: float = 1, **more: Any
) -> Run:
    counts = {"connected": calls, **more.pop("counts", {})}
    outcome = Outcome(
        calls, 0.0, 20.0, counts, spread(response), spread(barge_in), spread(1.0, 1000), spread(ticks), []
    )
    ours = {"cores": 0.1, "memory": 80.0, "load_cores": 0.2, "foreign": 0.05, "stalled": 0.0, "underruns": 0}
    return Run(server=server, calls=calls, repeat=0, lag=spread(1.0), excused=0, outcome=outcome, **{**ours, **more})
