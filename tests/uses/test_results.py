"""Results as JSON: bounded, masked, and filled into texts."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.uses.results import Unreadable, filled, masked, reason_of, text_of, told

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON, st.integers(100, 4000))
def test_a_result_is_bounded_json(data: Any, most: int) -> None:
    """Of any data that has JSON, unless it is nested too deeply."""
    try:
        text = text_of(data, most)
    except Unreadable:
        return
    assert len(text) <= 2 * most and msgspec.json.decode(text) is not Unreadable


@given(JSON)
def test_no_hidden_value_is_left(data: Any) -> None:
    """At any depth."""
    try:
        text = text_of({"pin": data, "more": [{"pin": data}]}, 100_000)
    except Unreadable:
        return
    assert msgspec.json.decode(masked(text, ["pin"])) == {"pin": "•", "more": [{"pin": "•"}]}


def test_text_that_is_no_json_is_masked_whole() -> None:
    """Nothing is known of its parts; without names to hide it stays."""
    assert masked("pin=4321", ["pin"]) == '"•"' and masked("pin=4321", []) == "pin=4321"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("There are {result.count}.", "There are 2."),
        ("In {result.flats.0.street}.", "In Elm."),
        ("{result}", '{"count":2,"flats":[{"street":"Elm"}]}'),
        ("None.", "None."),
    ],
)
def test_places_are_filled_from_a_result(text: str, said: str) -> None:
    """Names and numbers lead into it."""
    assert filled(text, '{"count":2,"flats":[{"street":"Elm"}]}') == said


@pytest.mark.parametrize("text", ["{result.price}", "{result.flats.7}", "{result.count.more}"])
def test_a_place_that_a_result_lacks(text: str) -> None:
    """It is an error, for which there are other words."""
    with pytest.raises((LookupError, TypeError)):
        filled(text, '{"count":2,"flats":[]}')


def test_the_reason_of_an_error() -> None:
    """Blank in any other result."""
    assert [reason_of(text) for text in (told({"error": "no"}), "[1]", '{"state":"done"}')] == ["no", "", ""]
