"""Find the files of tests, read them all, play them, and print the results."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from loguru import logger

from pipeline.config.findings import Findings
from pipeline.config.loading import TESTS
from pipeline.config.shipped import given
from pipeline.faults import ConfigError, Place, UsageError
from pipeline.installation import INSTALLED
from pipeline.terminal.paint import paint_on
from pipeline.terminal.progress import failures, progress
from pipeline.tools.configtest.options import ConfigTestOptions
from pipeline.tools.configtest.reading import load
from pipeline.tools.configtest.report import as_json, as_text, write_junit
from pipeline.tools.configtest.running import Outcome, run
from pipeline.tools.configtest.suite import Case, Suite

POLL = 0.3  # seconds between two looks at the files


def run_tests(options: ConfigTestOptions) -> int:
    """Play the tests in files, folders and beside configs; return the exit code. Raises ConfigError, UsageError."""
    logger.remove()
    if not options.watch:
        return _once(load_all(options.paths), options)
    for _ in changes(lambda: _watched(options.paths), lambda: time.sleep(POLL)):
        try:
            _once(load_all(options.paths), options)
        except (ConfigError, UsageError) as error:
            print(error.painted(paint_on(sys.stdout)))
        print("waiting for a change; Ctrl-C ends it", flush=True)
    return 0


def files(paths: Iterable[str | Path], findings: Findings) -> Iterator[Path]:
    """Yield the test files of these paths: a file itself, those in a folder, the one beside a config.

    A folder without any is a fault; a file may not exist.
    """
    for path in given(paths, findings):
        if path.is_dir():
            inside = sorted(path.rglob(f"*{TESTS}"))
            if not inside:
                findings.fault(Place(str(path)), f"has no *{TESTS} in it")
            yield from inside
        else:
            yield path if path.name.endswith(TESTS) or not path.exists() else path.with_suffix(TESTS)


def load_all(paths: Iterable[str | Path]) -> list[Suite]:
    """Read all test files. Raises ConfigError with the faults of them all, UsageError if no path is given."""
    findings, suites = Findings(), []
    for path in files(paths, findings):
        if not path.exists():
            hint = "docs/testing.md says what stands in it" if path.name.endswith(TESTS) and not INSTALLED else ""
            findings.fault(Place(str(path)), "no such file", hint)
            continue
        try:
            suites.append(load(path))
        except ConfigError as error:
            findings.faults += error.faults
            findings.lines |= {file: list(lines) for file, lines in error.lines.items()}
    if findings.faults:
        raise ConfigError(findings.faults, findings.lines)
    if not suites:
        raise UsageError("test what? name a .test.yaml, a folder of them, or a config that has one beside it")
    return suites


def changes(watched: Callable[[], Iterable[Path]], wait: Callable[[], None]) -> Iterator[None]:
    """Yield at once, and again each time one of the files has changed; calls `wait` between two checks."""
    while True:
        before = _times(watched())
        yield
        while _times(before) == before:
            wait()


def _once(suites: Sequence[Suite], options: ConfigTestOptions) -> int:
    cases = [case for suite in suites for case in suite.cases if options.only in case.name]
    if not cases:
        raise UsageError(f"no test has `{options.only}` in its name")
    outcomes = _played(cases)
    print(as_json(outcomes) if options.as_json else as_text(outcomes, paint_on(sys.stdout)), flush=True)
    if options.junit is not None:
        write_junit(outcomes, options.junit)
    return 1 if any(outcome.failures for outcome in outcomes) else 0


def _played(cases: Sequence[Case]) -> list[Outcome]:
    outcomes = list[Outcome]()
    with progress(len(cases), "tests") as bar:
        for case in cases:
            outcomes.append(run(case))
            bar.advance(note=failures(sum(bool(each.failures) for each in outcomes)))
    return outcomes


def _watched(paths: Sequence[str | Path]) -> set[Path]:
    """Return all files that the tests are read from; of a faulty test file, those read before its fault."""
    found: set[Path] = set()
    for path in files(paths, Findings()):
        found.add(path)
        try:
            found |= load(path).files
        except ConfigError as error:
            found |= {Path(name) for name in error.lines}
    return found


def _times(paths: Iterable[Path]) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns if path.exists() else 0 for path in paths}
