"""docs/faults.md has all rows, each with its tests or a reason, and is as the code has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.drawings.fault_table import PAGE, marks, marks_of, page, sections

ROWS = [row for rows in sections().values() for row in rows]


def test_the_rows_are_all_there() -> None:
    """161, each with an id of its own, of its section."""
    counts = {title[0]: len(rows) for title, rows in sections().items()}
    calls = {"A": 12, "B": 12, "C": 24, "D": 10, "E": 11, "F": 7, "G": 13, "H": 9, "I": 10}
    assert counts == {**calls, "J": 35, "K": 6, "L": 8, "M": 4}
    assert len({row.id for row in ROWS}) == 161
    assert all(
        row.id.replace("-", "") == f"{title[0]}{at}"
        for title, rows in sections().items()
        for at, row in enumerate(rows, 1)
    )


def test_each_row_has_a_test_or_a_reason() -> None:
    """Not both: a reason stands where Kav has no such part."""
    marked = {row for mark in marks() for row in mark.rows}
    assert not [row.id for row in ROWS if (row.id in marked) == bool(row.absent)]
    assert not [row.id for row in ROWS if bool(row.kav) == bool(row.absent)]


def test_each_mark_names_a_row() -> None:
    """A misspelt row would be a test that nobody finds."""
    known = {row.id for row in ROWS}
    assert not [mark for mark in marks() if not known.issuperset(mark.rows)]


@pytest.mark.parametrize(
    "text",
    [
        "x = pytest.mark.fault('A1')",
        "@pytest.mark.fault('A1')\ndef not_a_test(): ...",
        "@pytest.mark.fault()\ndef test_it(): ...",
        "@pytest.mark.parametrize('x', [pytest.param(1, marks=pytest.mark.fault('A1'))])\ndef test_it(x): ...",
    ],
)
def test_a_mark_that_would_be_lost_is_refused(text: str, tmp_path: Path) -> None:
    """One that stands elsewhere than above a test, or names no row."""
    path = tmp_path / "test_it.py"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="above no test"):
        list(marks_of(path))


def test_the_page_is_fresh() -> None:
    """It is what `make docs` would write now."""
    assert PAGE.read_text(encoding="utf-8") == page()
