"""Playing the scenes of a set, in two processes, in an order and with results that do not depend on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import msgspec
from loguru import logger

from benchmarks.turns import scenes
from benchmarks.turns.cast import Cast
from benchmarks.turns.clips import read
from benchmarks.turns.rows import ROWS
from benchmarks.turns.scenes import Figures, Scene
from benchmarks.turns.stand_ins import AT_ONCE, Timing, book, with_stand_ins
from pipeline.catalog import capability
from pipeline.config import Config, load
from pipeline.terminal.progress import progress


class Order(msgspec.Struct, frozen=True):
    """An order to play: the set, the config and its changes, and the rows."""

    folder: str
    config: str
    rows: tuple[str, ...]
    changes: tuple[str, ...] = ()
    vad: str = ""
    every: bool = False


class Playing:
    """The scenes of an order, and the forms of the config that they are played through."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.folder = Path(order.folder)
        self._configs: dict[str, Config] = {}

    @cached_property
    def scenes(self) -> list[Scene]:
        """All scenes, row by row."""
        made = Cast(read(self.folder), self.order.every)
        return [scene for row in ROWS if row.name in self.order.rows for scene in row.scenes(made)]

    def config(self, variant: str = "") -> Config:
        """Return the config of a variant, with stand-ins. Raises ConfigError or UsageError."""
        if variant not in self._configs:
            loaded = _loaded(self.order, [*self.order.changes, *_changes(self.order, variant)])
            timing = AT_ONCE if variant else Timing()
            self._configs[variant] = with_stand_ins(loaded, self.folder, timing)
        return self._configs[variant]

    def play(self, number: int) -> Figures:
        """Play a scene."""
        scene = self.scenes[number]
        return scenes.play(self.config(scene.variant), scene, book(str(self.folder)))


def _loaded(order: Order, changes: Sequence[str]) -> Config:
    loaded = load(order.config, set=changes)
    words = [step.word for step in loaded.steps if capability(step.word) == "vad"]
    wanted: dict[str, Any] = {"vad": {f"vad.{order.vad}": {}}}
    return load(order.config, set=changes, swap=wanted) if order.vad and f"vad.{order.vad}" not in words else loaded


def lacks(order: Order, variant: str) -> str:
    """Return the setting of a variant that the config has no step for; blank if it has all."""
    named = [change.partition("=")[0] for change in _changes(order, variant)]
    return next((setting for setting in named if not _has(_loaded(order, order.changes), setting)), "")


def _changes(order: Order, variant: str) -> list[str]:
    """Return the changes of a variant; one behind a question mark only if the config has its setting."""
    changes = variant.split() if "=" in variant else []
    loaded = _loaded(order, order.changes) if changes else None
    maybe = [it[1:] for it in changes if it[0] == "?" and loaded and _has(loaded, it[1:].partition("=")[0])]
    return [*(it for it in changes if it[0] != "?"), *maybe]


def _has(config: Config, setting: str) -> bool:
    step, _, field = setting.partition(".")
    return any(capability(it.word) == step and hasattr(it.settings, field) for it in config.steps)


def vad_of(order: Order) -> str:
    """Return the word of the vad that an order is played through; blank if its config has none."""
    return next((step.word for step in _loaded(order, order.changes).steps if capability(step.word) == "vad"), "")


def played(order: Order, processes: int) -> dict[str, list[Figures]]:
    """Play all scenes; return the figures of each row's scenes, in their order. Raises the errors of the config."""
    playing = Playing(order)
    for variant in dict.fromkeys(["", *(scene.variant for scene in playing.scenes)]):
        playing.config(variant)  # its faults are told before anything is played
    found: dict[str, list[Figures]] = {name: [] for name in order.rows}
    with progress(len(playing.scenes), "scenes") as bar:
        for scene, result in zip(playing.scenes, _results(playing, processes), strict=True):
            found[scene.row].append(result)
            bar.advance()
    return found


def _results(playing: Playing, processes: int) -> Iterator[Figures]:
    numbers = range(len(playing.scenes))
    if processes == 1 or len(numbers) < 2:
        yield from map(playing.play, numbers)
        return
    # Spawned, so that a worker has nothing of this process, such as a terminal's state.
    with ProcessPoolExecutor(processes, get_context("spawn"), _begin, (playing.order,)) as pool:
        yield from pool.map(_play, numbers)


_playing: Playing


def _begin(order: Order) -> None:
    global _playing
    logger.remove()
    _playing = Playing(order)


def _play(number: int) -> Figures:
    return _playing.play(number)
