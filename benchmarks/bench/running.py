"""The whole benchmark: every point in its turn, written down as soon as it is measured."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks.bench import environment, machine, plan, results, verdict
from benchmarks.bench.environment import ROOT
from benchmarks.bench.measure import Failed, measure
from benchmarks.bench.plan import PIPECAT, Point
from benchmarks.bench.results import About, Results, Run, Setup
from pipeline.faults import KavError, UsageError

TRIES = 3  # of a point that was disturbed
UNSEEN = "Not run as root: stalls of the virtual CPUs were not looked for, and nobody went first in line."
OURS = ("aiohttp", "msgspec", "uvloop")
THEIRS = ("pipecat-ai", "fastapi", "uvicorn", "picows")


class Bench:
    """A run of the benchmark into a file; what the file holds already is not measured again."""

    def __init__(
        self, file: Path, quick: bool, repeats: int, loads: Mapping[str, Sequence[int]], patience: float
    ) -> None:
        self.file, self.quick, self.repeats, self.loads = file, quick, repeats, loads
        self.patience = machine.Patience(patience)
        self.failed: list[Point] = []
        self.expected = self.took = 0.0  # seconds, of the points measured so far

    def run(self) -> Results:
        """Measure all that is left; raises UsageError, KavError."""
        if (os.cpu_count() or 1) < 2:
            raise UsageError("the benchmark needs two cores: one for the server, one for the generator")
        why = environment.ready()
        servers = [name for name in self.loads if name != PIPECAT or not why]
        setup = Setup(machine.name(), _versions())
        self.begin(setup, [reason for reason in (why, "" if os.geteuid() == 0 else UNSEEN) if reason])
        todo = self.todo(servers)
        while todo:
            self.say(todo[0], len(todo), plan.left(todo, self.quick, self.slowness))
            self.attempt(todo.pop(0))
        return self.known()

    def begin(self, setup: Setup, missing: list[str]) -> None:
        """Begin the file, or go on with it; raises UsageError if its figures are of another machine or tree."""
        for reason in missing:
            print(reason, file=sys.stderr)
        try:
            known = results.read(self.file)
        except ValueError as error:
            raise UsageError(str(error)) from None
        if known is not None and known.about.setup != setup:
            raise UsageError(
                f"{self.file} is of another machine, tree or version: --fresh begins anew, --out leaves it alone"
            )
        if known is None:
            command = " ".join(["python -m benchmarks", *sys.argv[1:]])
            results.append(self.file, About(setup, command, time.strftime("%Y-%m-%d %H:%M"), missing))

    def todo(self, servers: Iterable[str]) -> list[Point]:
        """The points that the file does not hold."""
        done = {(run.server, run.calls, run.repeat) for run in self.known().runs}
        every = plan.points({name: self.loads[name] for name in servers}, self.repeats)
        return [point for point in every if (point.server, point.calls, point.repeat) not in done]

    def known(self) -> Results:
        """What the file holds."""
        found = results.read(self.file)
        assert found is not None
        return found

    def attempt(self, point: Point) -> None:
        """Measure a point, again if it was disturbed and there is patience left; every try is written down."""
        limit = plan.spent(point.server, point.calls, verdict.beyond(self.known().runs))
        if limit is not None:
            print(f"  left out: it was past its limit with {limit} calls", flush=True)
            return
        for _ in range(TRIES):
            run = self.timed(point)
            if run is None:
                self.failed.append(point)
                return
            results.append(self.file, run)
            print(f"  {_line(run)}", flush=True)
            if not verdict.doubt(run) or self.patience.left <= 0:
                return

    def timed(self, point: Point) -> Run | None:
        """One measurement; None, and a word, if it failed."""
        self.patience.wait()
        begun, load = time.monotonic(), plan.load(point, self.quick)
        try:
            return measure(point, load)
        except Failed as error:
            print(f"  failed: {error}", flush=True)
            return None
        finally:
            self.expected += load.seconds + plan.SET_UP
            self.took += time.monotonic() - begun

    @property
    def slowness(self) -> float:
        """How much longer than expected a point has taken so far."""
        return self.took / self.expected if self.expected else 1.0

    def say(self, point: Point, left: int, seconds: float) -> None:
        """What is next, and for how long."""
        when = f"{seconds / 60:.0f} min" if seconds > 90 else f"{seconds:.0f} s"
        print(f"{point.server}, {point.calls} calls, repeat {point.repeat + 1} ({left} left, about {when})", flush=True)


def _line(run: Run) -> str:
    it, doubt = run.outcome, verdict.doubt(run)
    doubted = f"; not to be believed: {doubt}" if doubt else ""
    return (
        f"{run.cores / run.calls:.5f} cores and {run.memory:.0f} kB a call; response {it.response.p50:.1f}, "
        f"{it.response.p99:.1f} ms; barge-in {it.barge_in.p50:.1f}, {it.barge_in.p99:.1f} ms; "
        f"{run.underruns} underruns; lag {run.lag.p95:.1f} ms; others {run.foreign:.2f} cores{doubted}"
    )


def _versions() -> dict[str, str]:
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"], cwd=ROOT, capture_output=True, text=True
    )
    try:
        theirs = environment.versions(environment.PYTHON, *THEIRS)
    except (OSError, subprocess.CalledProcessError) as error:
        raise KavError(f"{environment.VENV.name} is broken, delete it: {error}") from None
    return {"Kav": described.stdout.strip() or "?", **environment.versions(sys.executable, *OURS), **theirs}
