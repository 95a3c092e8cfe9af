"""Declarations of values are checked when the config is read."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.arguments import Argument, faults
from pipeline.arguments.declared import all_faults, zone_fault
from pipeline.arguments.phones import library


@pytest.mark.parametrize(
    ("field", "told", "declared"),
    [
        ("of", "has to have the values", {"type": "one_of"}),
        ("of", "twice", {"type": "one_of", "of": ["a", "A"]}),
        ("of", "blank", {"type": "one_of", "of": ["a", " "]}),
        ("of", "means nothing for the type text", {"of": ["a"]}),
        ("like", "is no regular expression", {"like": "["}),
        ("like", "means nothing", {"type": "number", "like": "a"}),
        ("region", "has to be a country's", {"type": "phone", "region": "Israel"}),
        ("region", "means nothing", {"region": "IL"}),
        ("from", "is more than `to`", {"type": "number", "least": 3, "greatest": 2}),
        ("from", "is more than `to`", {"type": "date", "least": "today", "greatest": "2020-01-01"}),
        ("from", "has to be a number", {"type": "number", "least": "today"}),
        ("to", "has to be a date such as 2026-12-01 or today", {"type": "date", "greatest": "soon"}),
        ("to", "has to be a time such as 09:30 or now", {"type": "time", "greatest": 9.0}),
        ("to", "a date, today or now", {"type": "datetime", "greatest": "25:00"}),
        ("from", "has to be a number of digits", {"type": "digits", "least": -1}),
        ("to", "has to be a number of characters", {"greatest": 2.5}),
        ("to", "means nothing for the type yes_no", {"type": "yes_no", "greatest": 2}),
    ],
)
def test_a_fault_names_its_field(field: str, told: str, declared: dict[str, Any]) -> None:
    """The first thing that is wrong is told at the field that has it."""
    found = list(faults("x", Argument(**declared)))
    assert [(where, told in text) for where, text in found] == [(field, True)], found


@pytest.mark.parametrize(
    "declared",
    [
        {},
        {"type": "one_of", "of": ["a", "b"]},
        {"type": "list", "of": ["a"], "least": 1, "greatest": 3},
        {"type": "time", "least": "now", "greatest": "00:00"},
        {"type": "datetime", "least": "now", "greatest": "2999-01-01"},
        {"type": "date", "least": "2020-01-01", "greatest": "today"},
        {"type": "number", "least": "1", "greatest": 1},
        {"type": "digits", "least": 9, "greatest": 9, "like": "[1-9].*"},
        {"type": "phone", "region": "IL"},
    ],
)
def test_sound_declarations_have_no_faults(declared: dict[str, Any]) -> None:
    """Nothing is refused that works."""
    assert list(faults("first_name", Argument(**declared))) == []


def test_names_and_zones() -> None:
    """A name is one that a model and a template can write; a zone is one of the IANA's."""
    assert [path for path, _ in all_faults({"Rooms": Argument(), "x": Argument(like="(")})] == [
        "takes.Rooms",
        "takes.x.like",
    ]
    assert zone_fault("Asia/Jerusalem") == zone_fault("") == ""
    assert zone_fault("Asia/Nowhere") and zone_fault("../etc/passwd") and zone_fault("/etc/passwd")


@pytest.mark.skipif(library() is None, reason="phonenumberslite is not installed")
def test_the_library_knows_all_countries() -> None:
    """Those beyond the short list of our own are possible with the extra."""
    assert list(faults("x", Argument(type="phone", region="IS"))) == []
