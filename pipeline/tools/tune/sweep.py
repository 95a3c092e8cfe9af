"""Replay labelled calls with every setting of a grid, and print the scores."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
from loguru import logger

from pipeline.config import load
from pipeline.config.shipped import config_file
from pipeline.faults import MissingExtra, UsageError
from pipeline.installation import command
from pipeline.records.recorded_config import recorded_config
from pipeline.records.selection import selected
from pipeline.terminal.paint import paint_on
from pipeline.terminal.progress import progress, say
from pipeline.tools.label import labels
from pipeline.tools.processes import as_done
from pipeline.tools.tune import picture, table
from pipeline.tools.tune.grid import Setting, grid, varied
from pipeline.tools.tune.options import TuneOptions
from pipeline.tools.tune.score import Score, total
from pipeline.tools.tune.table import Tried
from pipeline.tools.tune.trial import Trial, cores, play, shares


def sweep(options: TuneOptions) -> int:
    """Try every setting on every labelled call, print and draw the scores; return the exit code. Raises KavError."""
    logger.remove()
    settings: list[Setting] = [(), *grid(options.vary)]
    found = _labelled(options)
    config = options.config and config_file(options.config)
    _check(config, next(iter(found)), options.vary)
    trials = [each for folder, turns in found.items() for each in shares(folder, turns, config, settings)]
    tried, lost = _tried(options, trials, settings)
    found = {folder: turns for folder, turns in found.items() if folder not in lost}
    if not found:
        return 1
    calls, turns = len(found), sum(map(len, found.values()))
    if options.as_json:
        print(msgspec.json.encode(table.as_data(tried, calls, turns)).decode())
    else:
        print(table.render(tried, calls, turns, paint_on(sys.stdout)))
    if picture.draw(tried, options.out):
        print(f"{options.out}: the trade-off", file=sys.stderr)
    else:
        print(f"No picture: it {MissingExtra('tune', 'matplotlib')}", file=sys.stderr)
    return 0


def _labelled(options: TuneOptions) -> dict[Path, tuple[labels.Label, ...]]:
    """Return the labels of each labelled call; report the other calls on stderr.

    Raises UsageError if no call has labels, ConfigError if labels are wrong.
    """
    every = selected(options.calls)
    found = {folder: labels.load(folder) for folder in every if (folder / labels.LABELS).exists()}
    bare = [folder for folder in every if folder not in found]
    if not found:
        raise UsageError(f"{bare[0]}: has no {labels.LABELS}; `{command(f'label {bare[0]}')}` proposes one")
    for folder in bare:
        print(f"{folder}: has no {labels.LABELS}, and is left out", file=sys.stderr)
    return found


def _check(config: Path | None, folder: Path, vary: Sequence[str]) -> None:
    """Load a config, or that of a call, with each value once: a wrong one is reported before any replay.

    Raises KavError.
    """
    for changes in ((), *((change,) for each in vary for change in varied(each))):
        if config is not None:
            load(config, set=changes)
        else:
            recorded_config(folder, changes)


def _tried(options: TuneOptions, trials: Sequence[Trial], settings: Sequence[Setting]) -> tuple[list[Tried], set[Path]]:
    """Return each setting with its score over all calls, and the calls that could not be replayed."""
    scores: list[list[Score]] = [[] for _ in settings]
    lost: set[Path] = set()
    size = sum(len(each.settings) for each in trials)

    with progress(size, "replays") as bar:
        for outcome in as_done(play, trials, options.jobs or cores()):
            folder = outcome.trial.folder
            if outcome.failure and folder not in lost:
                say(outcome.failure)
                lost.add(folder)
            for place, score in enumerate(outcome.scores, outcome.trial.first):
                scores[place].append(score)
            bar.advance(len(outcome.trial.settings))
    return [Tried(setting, total(each)) for setting, each in zip(settings, scores, strict=True)], lost
