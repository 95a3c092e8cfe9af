"""Text, numbers, choices and lists: read leniently, each value in one form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from pipeline.arguments import Argument
from pipeline.arguments.argument import ArgumentType, Unfit
from pipeline.arguments.kinds import read

NOW = datetime(2026, 11, 28, 15, 30)
OF = {"one_of": ["yes", "No", "תל אביב"]}


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        ("text", "  Dana\u200f ", "Dana"),
        ("text", 12, "12"),
        ("number", "3", 3),
        ("number", 3.0, 3),
        ("number", "2.5", 2.5),
        ("number", "٣", 3),
        ("integer", "-10", -10),
        ("integer", 10.0, 10),
        ("yes_no", "Yes", True),
        ("yes_no", 0, False),
        ("email", "Dana @Example.COM", "Dana@example.com"),
        ("digits", "12 34-5", "12345"),
        ("digits", 1234, "1234"),
        ("one_of", " no ", "No"),
        ("one_of", "תל  אביב", "תל אביב"),
        ("list", "one", ["one"]),
        ("list", ["one", 2], ["one", "2"]),
    ],
)
def test_values_are_read_leniently(kind: ArgumentType, written: Any, value: Any) -> None:
    """A value that has one meaning gets its one form, however a model writes it."""
    assert read(written, Argument(type=kind, of=OF.get(kind, [])), NOW) == value


@pytest.mark.parametrize(
    ("kind", "written", "told"),
    [
        ("text", ["a"], "has to be text"),
        ("text", "x" * 4001, "has more than 4000 characters"),
        ("number", "three", "has to be a number"),
        ("number", True, "has to be a number"),
        ("integer", 2.5, "has to be a whole number"),
        ("integer", 10**30, "is too large a number"),
        ("yes_no", "maybe", "has to be true or false"),
        ("email", "dana at example", "has to be an email address such as dana@example.com"),
        ("digits", "12a4", "has to be digits and nothing else"),
        ("one_of", "maybe", "has to be one of yes, No, תל אביב"),
        ("list", [["a"]], "has to be text"),
    ],
)
def test_what_is_wrong_is_told(kind: ArgumentType, written: Any, told: str) -> None:
    """With the values that would fit, and without the one that was written."""
    with pytest.raises(Unfit) as error:
        read(written, Argument(type=kind, of=OF.get(kind, [])), NOW)
    assert str(error.value) == told


def test_a_text_has_a_form() -> None:
    """All of it matches, and of a list each one; an endless one is not even tried."""
    listing = Argument(like="L[0-9]+")
    assert read("L12", listing, NOW) == "L12"
    for written in ("L12x", "xL12", "L" + "1" * 600):
        with pytest.raises(Unfit, match="has to be of the form"):
            read(written, listing, NOW)
    assert read(["L1", "L2"], Argument(type="list", like="L[0-9]+"), NOW) == ["L1", "L2"]
    assert read("0521", Argument(type="digits", like="05.*"), NOW) == "0521"


def test_a_message_lists_some_choices() -> None:
    """Of a thousand streets a model could not choose."""
    with pytest.raises(Unfit) as error:
        read("x", Argument(type="one_of", of=[f"street {number}" for number in range(1000)]), NOW)
    assert str(error.value).endswith("street 19, …")
