"""The measures of the house do not slip: one way of imports, sizes by idea, plain prose."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house.measures import SOURCES, Measures, circles, classes, code_lines, functions, measure, upward
from tests.kit.each_file import each_file


@pytest.fixture(scope="module")
def measured() -> Measures:
    """The figures of the house as it stands."""
    return measure()


@each_file(SOURCES)
def test_imports_point_one_way(path: Path) -> None:
    """A module imports from its own layer and from those below, for type checkers too; the framework no processor."""
    assert upward(path) == []


def test_no_modules_import_each_other() -> None:
    """There is no circle of imports, and none that only a type checker walks."""
    assert circles() == []


@each_file(SOURCES)
def test_sizes(path: Path) -> None:
    """A function has at most 25 lines of code, a class 120."""
    assert [node.name for node in functions(path) if code_lines(path, node) > 25] == []
    assert [node.name for node in classes(path) if code_lines(path, node) > 120] == []


def test_files_are_as_long_as_their_idea(measured: Measures) -> None:
    """Half of the functions have at most 7 lines, half of the files 150; none passes 300."""
    assert measured.function_median <= 7
    assert measured.file_median <= 150
    assert measured.file_longest <= 300


def test_prose_is_plain(measured: Measures) -> None:
    """Few words of the family of what and whoever, few docstrings that begin as riddles, and comments with reasons."""
    assert measured.riddles <= 5
    assert measured.riddle_starts <= 3
    assert measured.own_comments >= 2
