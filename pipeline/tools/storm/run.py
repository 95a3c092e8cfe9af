"""Play many random calls, in as many processes as the machine has cores, and print the broken invariants."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import as_completed
from functools import cache

from pipeline.config import Config, load
from pipeline.faults import UsageError
from pipeline.terminal.paint import paint_on
from pipeline.terminal.progress import failures, progress, quiet
from pipeline.tools.processes import processes
from pipeline.tools.storm.options import StormOptions
from pipeline.tools.storm.plan import AT_ONCE, seeds
from pipeline.tools.storm.player import Outcome, play
from pipeline.tools.storm.report import as_json, as_text


def storm(options: StormOptions) -> int:
    """Play the calls and print their results; return the exit code. Raises ConfigError, UsageError."""
    if options.calls < 1:
        raise UsageError("--calls wants 1 or more")
    config, began = load(options.config, set=options.changes), time.monotonic()
    if options.only is not None:
        quiet()
        outcomes = [play(config, options.only)]
    else:
        outcomes = sorted(_with_bar(options), key=lambda it: it.seed)
    took = time.monotonic() - began
    paint = paint_on(sys.stdout)
    print(as_json(options, outcomes, took) if options.as_json else as_text(options, outcomes, took, paint), flush=True)
    return 1 if any(each.failed for each in outcomes) else 0


def _with_bar(options: StormOptions) -> Iterator[Outcome]:
    failed = 0  # seeds with a broken invariant
    with progress(options.calls, "calls") as bar:
        for each in _played(options):
            failed += each.failed
            bar.advance(AT_ONCE, failures(failed))
            yield each


def _played(options: StormOptions) -> Iterator[Outcome]:
    """Yield the results of each five calls, in the order in which processes finish them."""
    with processes(os.cpu_count() or 1) as pool:
        asking = [
            pool.submit(_play, options.config, options.changes, seed) for seed in seeds(options.seed, options.calls)
        ]
        for each in as_completed(asking):
            yield each.result()


def _play(path: str, changes: tuple[str, ...], seed: int) -> Outcome:
    return play(_loaded(path, changes), seed)


@cache
def _loaded(path: str, changes: tuple[str, ...]) -> Config:
    return load(path, set=changes)
