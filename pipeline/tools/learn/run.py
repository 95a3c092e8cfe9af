"""Learn weights and patience from recorded calls, compare them with those in use, and write them if they are better."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
from loguru import logger

from pipeline.config import Config, load
from pipeline.config.shipped import config_file
from pipeline.faults import KavError
from pipeline.prosody.score import FILE, Weights, read_weights
from pipeline.records.recorded_config import recorded_config
from pipeline.records.selection import selected
from pipeline.terminal.paint import paint_on
from pipeline.terminal.progress import say
from pipeline.tools.learn import table
from pipeline.tools.learn.comparison import Comparison, compare
from pipeline.tools.learn.options import LearnOptions
from pipeline.tools.learn.policy import Bounds
from pipeline.tools.learn.reading import Lessons, read
from pipeline.tools.tune.trial import cores


def learned(options: LearnOptions) -> int:
    """Learn, compare and write; return the exit code, 1 if there is nothing to gain. Raises KavError."""
    logger.remove()
    folders = selected(options.calls)
    if not options.out.parent.is_dir():
        raise KavError(f"{options.out} cannot be written: there is no folder {options.out.parent}")
    given = options.config and load(config_file(options.config))
    weights = options.weights and read_weights(options.weights)
    lessons = read(folders, options.jobs or cores())
    lessons.require()
    now = bounds(given or _own(lessons.last))
    try:
        told = compare(lessons.pauses, weights or _in_use(now), now, lessons.source)
    except ValueError as error:
        raise KavError(f"{lessons.counts}: {error}, in more than one call. Nothing is written") from None
    if told.is_better:
        _write(told.learned, options.out)
    _print(options, told, lessons)
    return 0 if told.is_better else 1


def bounds(config: Config | None) -> Bounds:
    """Return the settings of a config's endpointing; the defaults without a config, or for another step than Kav's."""
    steps = () if config is None else config.steps
    own = next((each.settings for each in steps if each.word == table.STEP), None)
    given = {} if own is None else {name: getattr(own, name) for name in own.__struct_fields__}
    return Bounds(**{name: given[name] for name in Bounds.__struct_fields__ if name in given})


def _own(folder: Path) -> Config | None:
    """Return the config of a recorded call; None, and a line on stderr, if it cannot be loaded."""
    try:
        return recorded_config(folder)
    except KavError as error:
        say(f"{folder}: its config cannot be loaded, compared with the defaults: {error}")
        return None


def _in_use(now: Bounds) -> Weights:
    """Return the weights of a config: the file that it names, or those that come with Kav."""
    return read_weights(now.weights or FILE)


def _write(weights: Weights, out: Path) -> None:
    """Write weights in one step, as a server may be reading the file. Raises KavError."""
    made = out.with_name(f"{out.name}.part")
    try:
        made.write_bytes(msgspec.json.format(msgspec.json.encode(weights), indent=1) + b"\n")
        made.replace(out)
    except OSError as error:
        made.unlink(missing_ok=True)
        raise KavError(f"{out} cannot be written: {error.strerror or error}") from None


def _print(options: LearnOptions, told: Comparison, lessons: Lessons) -> None:
    if options.as_json:
        counts = {"calls": len(lessons.calls), "not_used": lessons.left_out}
        pauses = {"inside": lessons.inside, "ends": lessons.ends}
        out = {"out": str(options.out) if told.is_better else None}
        print(msgspec.json.encode(counts | pauses | table.as_data(told) | out).decode())
        return
    print(table.render(told, lessons.counts, paint_on(sys.stdout)))
    written = [f"{options.out}: the weights"] if told.is_better else []
    advice = table.advice(told, options.out, options.calls)
    print("".join(f"\n{each}\n" for each in (*written, advice) if each), end="")
