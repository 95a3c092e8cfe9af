"""Several configs in one server: all their faults at once, and whether each call has exactly one config."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from errno import EDQUOT, EFBIG, ENOSPC
from itertools import combinations
from pathlib import Path

from pipeline.config.findings import Findings
from pipeline.config.toplevel import Config
from pipeline.config.writable import try_writing
from pipeline.faults import ConfigError, Place

Loader = Callable[[], Config]

FULL = (ENOSPC, EDQUOT, EFBIG)  # errors of a disk that may have room later


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


def refuse_unwritable(configs: Sequence[Config]) -> None:
    """Raise ConfigError with every folder in which no record or event can be written; folders that lack are made."""
    findings = Findings()
    for config in configs:
        if config.record.folder and (why := _unwritable(Path(config.record.folder))):
            text = f"calls cannot be recorded in {config.record.folder}: {why}"
            findings.fault(config.folder_at, text, "let this user write there, name another folder, or leave it out")
        if config.after.send and (why := _unwritable(Path(config.after.folder))):
            text = f"events cannot be kept in {config.after.folder}: {why}"
            findings.fault(config.outbox_at, text, "let this user write there, or name another `after.folder`")
    if findings.faults:
        raise ConfigError(findings.faults, {fault.file: _lines(fault.file) for fault in findings.faults})


def _unwritable(folder: Path) -> str:
    """Return the reason why nothing can be written in a folder; empty if it can. A full disk may have room later."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try_writing(folder)
    except OSError as error:
        return "" if error.errno in FULL else error.strerror or str(error)
    return ""


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
