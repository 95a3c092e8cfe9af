"""The signature of a function as the arguments of a tool."""

from __future__ import annotations

from typing import Any

import pytest

from abilities._shared.signature import Signature, about, told_of
from pipeline.faults import FaultFound


def look_up(city: str, *, rooms: int = 3, call: object = None) -> None:
    """Looks up flats,
    also those of next year.

    city: as it was said,
      with its country
    note: this is no parameter
    """


def test_a_docstring_is_parted() -> None:
    """The lines of parameters are theirs; all others describe the tool."""
    names = Signature(look_up).names
    assert (names, told_of(look_up)) == (("city", "rooms"), {"city": "as it was said, with its country"})
    assert about(look_up, names) == "Looks up flats, also those of next year. note: this is no parameter"


def test_defaults_are_left_out() -> None:
    """So that a use with and one without them is the same use."""
    signature = Signature(look_up)
    assert signature.read('{"city": "Haifa", "rooms": 3}') == signature.read('{"city": "Haifa"}') == {"city": "Haifa"}
    call: Any = object()
    assert signature.values({"city": "Haifa"}, call) == {"city": "Haifa", "rooms": 3, "call": call}


def test_nothing_but_names_can_be_given() -> None:
    """A model names each value."""

    def many(*cities: str) -> None: ...

    with pytest.raises(FaultFound, match="a model gives each value by its name"):
        Signature(many)
