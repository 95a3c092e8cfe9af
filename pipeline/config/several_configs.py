"""Several configs in one server: all their faults at once, and whether each call has exactly one config."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from pathlib import Path

from pipeline.config.findings import Findings
from pipeline.config.toplevel import Config
from pipeline.faults import ConfigError, Place

Loader = Callable[[], Config]


def load_all(loaders: Iterable[Loader]) -> tuple[Config, ...]:
    """Load configs; raises ConfigError with every fault of all of them, or with their conflicts."""
    configs, errors = [], []
    for each in loaders:
        try:
            configs.append(each())
        except ConfigError as error:
            errors.append(error)
    if errors:
        lines = {name: lines for error in errors for name, lines in error.lines.items()}
        files = {path: stamp for error in errors for path, stamp in error.files.items()}
        raise ConfigError((fault for error in errors for fault in error.faults), lines, files)
    distinct(configs)
    return tuple(configs)


def distinct(configs: Sequence[Config]) -> None:
    """Raise ConfigError if the configs cannot share one server: see `clash`."""
    findings = Findings()
    clash(configs, findings)
    if findings.faults:
        raise ConfigError(findings.faults, {fault.file: _lines(fault.file) for fault in findings.faults})


def clash(configs: Sequence[Config], findings: Findings) -> None:
    """Note pairs of configs with the same name, with a number in common, or that both answer any number."""
    for first, second in combinations(configs, 2):
        if first.name == second.name:
            text = f"a config is called `{second.name}`, and so is the one at {first.name_at}"
            findings.fault(second.name_at, text, "give one of them another `name`")
        if not first.numbers and not second.numbers:
            text = f"`{second.name}` answers any number, and so does `{first.name}` ({first.path})"
            findings.fault(Place(str(second.path)), text, "give one of them its `numbers`")
        _numbers(first, second, findings)


def number(text: str) -> str:
    """Normalise a number or an address for comparison: the digits alone, or lower case."""
    return text.strip().lower() if ":" in text else re.sub(r"\D", "", text)


def _numbers(first: Config, second: Config, findings: Findings) -> None:
    taken = dict(zip(map(number, first.numbers), first.numbers_at, strict=True))
    for each, at in zip(second.numbers, second.numbers_at, strict=True):
        if (other := taken.get(number(each))) is not None:
            text = f"`{second.name}` answers this number, and so does `{first.name}`, at {other}"
            findings.fault(at, text, "a number has one config")


def _lines(file: str) -> list[str]:
    """Return the lines of a file, to show one of them; empty if it cannot be read any more."""
    try:
        return Path(file).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError):
        return []
