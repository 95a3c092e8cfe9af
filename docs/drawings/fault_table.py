"""The table of faults, docs/faults.md: the rows of faults.yaml, each with the tests that are marked with it.

A mark stands above its test, `@pytest.mark.fault("B7", "C23")`, and is read from the source: no test is imported.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import yaml

from docs.drawings.trace import ROOT

PAGE = ROOT / "docs/faults.md"
HEAD = """\
# What goes wrong, and what Kav does

Made by `make docs` from `docs/drawings/faults.yaml` and from the tests that are marked with a row:
`@pytest.mark.fault("B7")`. Each row has a test that fails if Kav does not do so, or the reason why there is none.
After each test in which calls are run, [nothing may be left](../tests/kit/invariants.py): no task, thread, file, socket
or child process, no error unseen, no slot, no stream at a stand-in; and a call has one end, with one cause.
"""


class Row(NamedTuple):
    """A fault: its id, the fault, the behaviour of Kav, and the reason if there is no such part of Kav."""

    id: str
    fault: str
    kav: str
    absent: str


class Mark(NamedTuple):
    """A test that is marked with rows: its file, its name, and the rows."""

    path: Path
    test: str
    rows: tuple[str, ...]


def sections() -> dict[str, list[Row]]:
    """Return the rows below the titles of their sections."""
    read = yaml.safe_load(Path(__file__).with_name("faults.yaml").read_text(encoding="utf-8"))
    return {
        title: [Row(name, it["fault"], it.get("kav", ""), it.get("absent", "")) for name, it in rows.items()]
        for title, rows in read.items()
    }


def marks() -> list[Mark]:
    """Return the marks of all tests, by file and place. Raises ValueError for one that does not stand above a test."""
    return [mark for path in sorted((ROOT / "tests").rglob("test_*.py")) for mark in marks_of(path)]


def marks_of(path: Path) -> Iterator[Mark]:
    """Yield the marks of one file. Raises ValueError for one that does not stand above a test."""
    text = path.read_text(encoding="utf-8")
    if "mark.fault" not in text:
        return
    module, found = ast.parse(text), 0
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            rows = [row for each in node.decorator_list for row in _rows(each)]
            if rows:
                found += sum(1 for each in node.decorator_list if _is_mark(each))
                yield Mark(path, node.name, tuple(rows))
    if found != sum(1 for node in ast.walk(module) if _is_mark(node)):
        raise ValueError(f"{path}: a mark of a fault stands above no test, or names no row")


def page() -> str:
    """Return the page as the rows and marks are now."""
    tests: Mapping[str, list[Mark]] = _by_row(marks())
    return HEAD + "".join(_section(title, rows, tests) for title, rows in sections().items())


def _section(title: str, rows: list[Row], tests: Mapping[str, list[Mark]]) -> str:
    lines = ["", f"## {title}", "", "| | fault | Kav |", "| --- | --- | --- |"]
    lines += [f"| {row.id} | {row.fault} | {row.kav or f'No such part: {row.absent}'} |" for row in rows]
    lines += ["", "Tests:", ""]
    lines += [f"- {row.id}: {_links(tests[row.id])}" for row in rows if row.id in tests]
    return "\n".join([*lines, ""])


def _links(found: list[Mark]) -> str:
    names: dict[Path, list[str]] = defaultdict(list)
    for mark in found:
        names[mark.path].append(f"`{mark.test}`")
    return "; ".join(f"{_link(path)} {', '.join(each)}" for path, each in names.items())


def _link(path: Path) -> str:
    place = path.relative_to(ROOT).as_posix()
    return f"[{place.removeprefix('tests/')}](../{place})"


def _by_row(found: list[Mark]) -> dict[str, list[Mark]]:
    tests: dict[str, list[Mark]] = defaultdict(list)
    for mark in found:
        for row in mark.rows:
            tests[row].append(mark)
    return dict(tests)


def _rows(decorator: ast.expr) -> list[str]:
    return [ast.literal_eval(it) for it in decorator.args] if _is_mark(decorator) else []  # type: ignore[attr-defined]


def _is_mark(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.fault"
