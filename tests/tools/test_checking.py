"""`check` says everything that is wrong, and how much of it there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.faults import UsageError
from pipeline.tools.checking import check
from tests.config.configs import GOOD, Write, with_thing
from tests.config.conftest import thing as thing
from tests.config.conftest import write as write


def test_check_says_how_much_it_found(write: Write, capsys) -> None:
    """Clean or not, with a count of the files, and a fault that two configs share only once."""
    write("extends: base.yaml\n", base=GOOD)
    assert check(["x.yaml", "base.yaml"]) == 0
    assert capsys.readouterr().out == "2 files, all clean\n"
    write("extends: base.yaml\n", base=GOOD.replace("14s", "14"))
    assert check(["."]) == 1
    assert capsys.readouterr().out.endswith("2 files, 1 fault\n")


def test_check_speaks_json(write: Write, capsys) -> None:
    """For editors and for continuous integration."""
    write(GOOD.replace("14s", "14"))
    assert check(["x.yaml"], as_json=True) == 1
    assert '"line": 8' in capsys.readouterr().out


def test_check_lets_warnings_fail_if_it_is_strict(thing: None, write: Write, capsys) -> None:
    """A secret in a file passes by default."""
    write(with_thing("key: sk-12345678"))
    assert (check(["x.yaml"]), check(["x.yaml"], strict=True)) == (0, 1)
    assert "sk-1234" not in capsys.readouterr().out


def test_check_of_nothing_is_no_success(write: Write, capsys) -> None:
    """No path, a missing file and an empty folder each say so."""
    write(GOOD)
    Path("empty").mkdir()
    with pytest.raises(UsageError):
        check([])
    assert check(["none.yaml", "empty"]) == 1
    assert capsys.readouterr().out.startswith("empty: has no config in it\nnone.yaml: no such file\n")


def test_check_leaves_tests_in_a_folder_to_the_test_verb(write: Write, capsys) -> None:
    """And reads what a caller says as such."""
    write(GOOD)
    Path("x.test.yaml").write_text("tests: []\n")
    Path("call.yaml").write_text("- wait: 1\n")
    assert check(["."]) == 1
    assert "call.yaml:1:9: `wait` wants a duration" in capsys.readouterr().out
