"""Exits that a step asks for become its errors."""

from __future__ import annotations

import pytest

from pipeline.loop.exits import Exited, contained


@pytest.mark.parametrize("asked", [SystemExit(3), KeyboardInterrupt(), BaseException("odd")])
def test_an_exit_becomes_an_error_with_its_traceback(asked: BaseException) -> None:
    """The error names the exit, and points to the line that asked for it."""
    with pytest.raises(type(asked)) as raised:
        raise asked
    found = contained(raised.value)
    assert isinstance(found, Exited) and repr(asked) in str(found)
    assert found.__traceback__ is raised.value.__traceback__


def test_an_error_stays_as_it_is() -> None:
    """Only exits change their class."""
    error = ValueError("oops")
    assert contained(error) is error
