from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.plain_json import encoded, whole

TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates included
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda each: st.lists(each) | st.dictionaries(TEXT, each),
    max_leaves=20,
)


@pytest.mark.fault("I-2")
@given(ANYTHING)
def test_any_data_is_one_line_of_json(data: Any) -> None:
    """Every reader of JSON takes it, Kav's own as well."""
    line = encoded(data)
    assert b"\n" not in line
    json.loads(line)
    msgspec.json.decode(line)


@given(TEXT)
def test_whole_text_can_be_encoded_and_ordinary_text_stays(text: str) -> None:
    """Lone surrogates alone are replaced."""
    found = whole(text)
    found.encode()
    assert found == text or any("\ud800" <= each <= "\udfff" for each in text)


def test_two_halves_of_a_character_are_joined() -> None:
    """Some providers send them so."""
    assert whole("\ud83d\ude00!\ud83d") == "😀!\ufffd"


@pytest.mark.parametrize(
    ("data", "read"),
    [
        ({"text": "a\ud83d", "at": 0.5, "of": (1, None)}, {"text": "a\ufffd", "at": 0.5, "of": [1, None]}),
        ({"a\udcff": [{"b": "\ud83d\ude00"}]}, {"a\ufffd": [{"b": "😀"}]}),
        ({"text": "\u05d0 \u2028 😀"}, {"text": "\u05d0 \u2028 😀"}),
    ],
)
def test_halves_of_characters_lose_no_event(data: Any, read: Any) -> None:
    """They are replaced, in names and in values; all else comes back as it was."""
    assert msgspec.json.decode(encoded(data)) == read


class Odd:
    def __str__(self) -> str:
        return "odd \ud800"


@pytest.mark.parametrize(("data", "text"), [(Odd(), b'"odd \xef\xbf\xbd"'), ({1: 2}, b'{"1":2}'), ((b"a",), None)])
def test_an_object_without_a_form_is_its_text(data: Any, text: bytes | None) -> None:
    """Nothing is raised."""
    assert text is None or encoded(data) == text


def test_data_without_a_bottom_is_cut() -> None:
    """A list in itself has an end in JSON."""
    data: list[Any] = []
    data.append(data)
    assert encoded(data).count(b"[") == 50
