"""`check`: every fault of every config, and nothing started; online, whether its providers would serve."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Sequence as Some
from pathlib import Path

import msgspec

from pipeline.config import Config, load
from pipeline.config.nodes import Sequence
from pipeline.config.tree import read_file
from pipeline.faults import ConfigError, Fault, Findings, Place, UsageError, render, source_line
from pipeline.tools import script
from pipeline.tools.configtest import reading
from pipeline.tools.online import Answer


def check(
    paths: Some[str | Path],
    strict: bool = False,
    as_json: bool = False,
    ask: Callable[[Some[Config]], list[Answer]] | None = None,
) -> int:
    """Print every fault of these files and of the configs in these folders; returns the exit code.

    `strict` lets warnings fail, too. If there is no fault, `ask` asks the configs' providers, and one that would not
    serve fails as well. Raises UsageError if no path is given.
    """
    if not paths:
        raise UsageError("check what? name a config, or a folder of them")
    findings, files, loaded = Findings(), 0, []
    for path in configs(paths, findings):
        files += 1
        if (config := _look(path, findings)) is not None:
            loaded.append(config)
    faults, warnings = sorted(set(findings.faults)), sorted(set(findings.warnings))
    if not as_json:
        print(_as_text(faults, warnings, findings.lines, files), flush=True)
    answers = ask(loaded) if ask and not faults else []
    if as_json:
        print(_as_json(faults + warnings, files, answers if ask else None))
    else:
        print(*answers, sep="\n", end="\n" if answers else "")
    return 1 if faults or (strict and warnings) or not all(answer.ok for answer in answers) else 0


def configs(paths: Iterable[str | Path], findings: Findings) -> Iterator[Path]:
    """The configs that these paths mean: of a folder, every YAML file in it."""
    for path in map(Path, paths):
        if not path.is_dir():
            yield path
            continue
        inside = [each for each in sorted(path.rglob("*")) if each.suffix in (".yaml", ".yml") and each.is_file()]
        if not inside:
            findings.fault(Place(str(path)), "has no config in it")
        yield from inside


def _look(path: Path, findings: Findings) -> Config | None:
    """Read a file, noting its faults; gives the config, if it is one that can be used."""
    try:
        if path.name.endswith(reading.SUFFIX):
            reading.load(path)
        elif isinstance(read_file(path, str(path), Findings()), Sequence):  # what a caller says, for `call`
            script.load(path)
        else:
            config = load(path)
            findings.warnings += config.warnings
            return config
    except ConfigError as error:
        findings.faults += [fault for fault in error.faults if fault.severity == "error"]
        findings.warnings += [fault for fault in error.faults if fault.severity == "warning"]
        findings.lines |= {file: list(lines) for file, lines in error.lines.items()}
    return None


def _as_text(faults: Some[Fault], warnings: Some[Fault], lines: Mapping[str, Some[str]], files: int) -> str:
    shown = [render(fault, source_line(fault, lines)) for fault in (*faults, *warnings)]
    counts = [_count(len(kind), name) for kind, name in ((faults, "fault"), (warnings, "warning")) if kind]
    return "\n".join([*shown, f"{_count(files, 'file')}, {' and '.join(counts) or 'all clean'}"])


def _as_json(faults: Some[Fault], files: int, answers: Some[Answer] | None) -> str:
    found = {"files": files, "faults": faults} | ({} if answers is None else {"providers": answers})
    return msgspec.json.format(msgspec.json.encode(found), indent=2).decode()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
