"""Results of tests as text, as JSON, and as JUnit's XML."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree

import msgspec

from pipeline.faults import KavError, printable
from pipeline.terminal.paint import BOLD, GREEN, PLAIN, RED, Paint
from pipeline.tools.configtest.running import Failure, Outcome


def as_text(outcomes: Sequence[Outcome], paint: Paint = PLAIN) -> str:
    """Return a line for each test, its failures below it, and a summary."""
    rows: list[str] = []
    for file, tests in groupby(outcomes, key=lambda it: it.file):
        rows.append(paint(printable(file), BOLD))
        for test in tests:
            mark = paint("✗", RED) if test.failures else paint("✓", GREEN)
            rows.append(f"  {mark} {paint.isolated(printable(test.name))}  ({test.seconds:.1f} s)")
            rows += [row for failure in test.failures for row in ("", *_painted(failure, paint), "")]
    failed = sum(bool(it.failures) for it in outcomes)
    seconds = sum(it.seconds for it in outcomes)
    verdict = paint(f"{failed} failed", RED) if failed else paint("all passed", GREEN)
    counts = f"{len(outcomes)} test{'s' * (len(outcomes) != 1)}, {verdict}"
    return "\n".join([*rows, f"{counts}; {seconds:.1f} s of calls"])


def _painted(failure: Failure, paint: Paint) -> list[str]:
    first, *others = (paint.each_isolated(printable(row)) for row in _rows(failure))
    return [paint(first, RED), *others]


def _rows(failure: Failure) -> list[str]:
    came = [f"      {'came:' if not number else '     '} {row}" for number, row in enumerate(failure.came)]
    around = [f"        {row}" for row in failure.around]
    return [f"    {failure.place}: {failure.text}", *came, *(["      around it:"] if around else []), *around]


def as_json(outcomes: Sequence[Outcome]) -> str:
    """Return the results as JSON."""
    failed = sum(bool(it.failures) for it in outcomes)
    data = msgspec.json.encode({"tests": len(outcomes), "failed": failed, "outcomes": outcomes})
    return msgspec.json.format(data, indent=2).decode()


def write_junit(outcomes: Sequence[Outcome], path: Path) -> None:
    """Write a report that CI systems read; `time` is that of the calls. Raises KavError if it cannot be written."""
    root = ElementTree.Element("testsuites", name="kav")
    for file, tests in groupby(outcomes, key=lambda it: it.file):
        root.append(_suite(file, list(tests)))
    ElementTree.indent(root)
    try:
        ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        raise KavError(f"{path}: cannot be written: {error.strerror}") from None


def _suite(file: str, tests: Sequence[Outcome]) -> ElementTree.Element:
    failed = sum(bool(it.failures) for it in tests)
    time = f"{sum(it.seconds for it in tests):.3f}"
    suite = ElementTree.Element("testsuite", name=file, tests=str(len(tests)), failures=str(failed), time=time)
    for test in tests:
        attributes = {"classname": file, "name": printable(test.name), "time": f"{test.seconds:.3f}"}
        case = ElementTree.SubElement(suite, "testcase", attributes, file=file, line=str(test.place.line))
        for failure in test.failures:
            message = printable(f"{failure.place}: {failure.text}")
            node = ElementTree.SubElement(case, "failure", message=message, type="failure")
            node.text = "\n".join(map(printable, _rows(failure)))
    return suite
