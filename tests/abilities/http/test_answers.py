"""Answers of services become data of a known form, or a sentence."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec import json

from abilities.http.answers import pick, read, words
from pipeline.net import Answer
from pipeline.tool import ToolFailed


@given(st.binary() | st.text().map(str.encode), st.sampled_from(["", "application/json", "text/plain", "a/b+json"]))
def test_any_body_is_data_or_refused(body: bytes, kind: str) -> None:
    """Whatever a service sends: the data can be encoded, and the words about an error are short."""
    answer = Answer(500, body, kind, "utf-8")
    assert len(words(answer)) < 210
    try:
        data = read(answer)
    except ToolFailed as error:
        assert len(str(error)) < 100
        return
    json.encode(data)


def test_fields_of_what_is_none_are_left_out() -> None:
    """A service may change its answers; the model is told what is there."""
    assert pick([{"a": 1, "b": None}, 7, "x"], "", ["a", "b"], None) == [{"a": 1}, 7, "x"]
    assert pick({"a": {"b": [1, 2, 3]}}, "a.b", [], 2) == [1, 2]
    assert pick("text", "", ["a"], 1) == "text"
    assert pick({"a": 1}, "", ["c"], None) == {}
