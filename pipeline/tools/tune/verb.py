"""`tune`: labelled calls with every setting of a grid, and which one to choose."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from pipeline.config import load
from pipeline.faults import UsageError
from pipeline.records.files import CONFIG
from pipeline.records.reader import folders
from pipeline.tools.progress import progress
from pipeline.tools.tune import labels, picture, table
from pipeline.tools.tune.grid import Setting, grid, varied
from pipeline.tools.tune.score import Score, total
from pipeline.tools.tune.table import Tried
from pipeline.tools.tune.trial import Outcome, Trial, cores, outcomes, shares


class Tuning(msgspec.Struct, frozen=True, kw_only=True):
    """What `tune` was told: the records, what is to be tried, and where the picture goes."""

    calls: tuple[Path, ...]
    vary: tuple[str, ...]
    config: Path | None = None  # each call's own, unless told
    png: Path = Path("tune.png")
    jobs: int = 0  # processes; 0: one a core
    as_json: bool = False


def run(asked: Tuning) -> int:
    """Try every setting on every labelled call; returns the exit code."""
    settings: list[Setting] = [(), *grid(asked.vary)]
    found = _labelled(asked)
    _check(asked, next(iter(found)))
    trials = [each for folder, turns in found.items() for each in shares(folder, turns, asked.config, settings)]
    tried, lost = _tried(asked, trials, settings)
    found = {folder: turns for folder, turns in found.items() if folder not in lost}
    if not found:
        return 1
    calls, turns = len(found), sum(map(len, found.values()))
    if asked.as_json:
        print(msgspec.json.encode(table.as_data(tried, calls, turns)).decode())
    else:
        print(table.render(tried, calls, turns))
    if picture.draw(tried, asked.png):
        print(f"{asked.png}: the trade-off", file=sys.stderr)
    else:
        print("No picture: matplotlib is not installed (the extra `tune`: pip install matplotlib)", file=sys.stderr)
    return 0


def _labelled(asked: Tuning) -> dict[Path, tuple[labels.Label, ...]]:
    """The labels of each call that has some; those that have none are told."""
    every = dict.fromkeys(each for path in asked.calls for each in folders(path))
    found = {folder: labels.load(folder) for folder in every if (folder / labels.LABELS).exists()}
    bare = [folder for folder in every if folder not in found]
    if not found:
        raise UsageError(f"{bare[0]}: has no {labels.LABELS}; `python run.py label {bare[0]}` proposes one")
    for folder in bare:
        print(f"{folder}: has no {labels.LABELS}, and is left out", file=sys.stderr)
    return found


def _check(asked: Tuning, folder: Path) -> None:
    """Read the config with each value once, so that a wrong one is told before anything is played."""
    path = asked.config or folder / CONFIG
    load(path)
    for each in asked.vary:
        for change in varied(each):
            load(path, set=[change])


def _tried(asked: Tuning, trials: Sequence[Trial], settings: Sequence[Setting]) -> tuple[list[Tried], set[Path]]:
    """Each setting with its score over all calls, and the calls that could not be played."""
    scores: list[list[Score]] = [[] for _ in settings]
    lost: set[Path] = set()
    size = sum(len(each.settings) for each in trials)

    def replays(outcome: Outcome) -> int:
        return len(outcome.trial.settings)

    for outcome in progress(outcomes(trials, asked.jobs or cores()), size, "replays", replays):
        folder = outcome.trial.folder
        if outcome.failure and folder not in lost:
            print(outcome.failure, file=sys.stderr)
            lost.add(folder)
        for place, score in enumerate(outcome.scores, outcome.trial.first):
            scores[place].append(score)
    return [Tried(setting, total(each)) for setting, each in zip(settings, scores, strict=True)], lost
