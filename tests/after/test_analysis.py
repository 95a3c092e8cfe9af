"""The question to the model, and the reading of its answer, field by field."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.after.analysis import NOT_FOUND, BadAnswer, question, read, unanswered
from pipeline.arguments import Argument
from pipeline.config.after_settings import AfterSettings, Summary
from tests.kit.outboxes import ended

SETTINGS = AfterSettings(
    model="llm.openai",
    summary=Summary(words=20),
    extract={"name": Argument(about="their name"), "rooms": Argument(type="integer"), "city": Argument(optional=True)},
)
GOOD = {
    "summary": "Dana wants to rent in Haifa.",
    "fields": {
        "name": {"value": "Dana", "turns": [2]},
        "rooms": {"value": 3, "turns": [2]},
        "city": {"value": "Haifa", "turns": [2, 2, 99, True, "2"]},
    },
}


def answered(fields: dict[str, Any]) -> Any:
    """Return the fields of an answer, as they are read."""
    return read(json.dumps({**GOOD, "fields": {**GOOD["fields"], **fields}}), SETTINGS, ended())["extract"]  # type: ignore[dict-item]


def test_the_question_has_the_turns_and_the_fields() -> None:
    """Words of the call are JSON in it: a caller's quotes and line ends do not leave it."""
    asked = question(SETTINGS, ended(facts={"listing": "L7"}))
    assert '{"turn":2,"who":"caller","text":"I want to rent three rooms' in asked
    assert '"listing":"L7"' in asked and "their name" in asked and "at most 20 words" in asked


def test_a_good_answer() -> None:
    """Each value is there with the numbers of its turns."""
    made = read(f"Sure!\n```json\n{json.dumps(GOOD)}\n```", SETTINGS, ended())
    assert made["status"] == "done" and made["summary"] == GOOD["summary"]
    assert made["extract"]["name"] == {"value": "Dana", "turns": [2]}
    assert made["extract"]["city"] == {"value": "Haifa", "turns": [2]}


@pytest.mark.fault("M4")
@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"value": "Dina", "turns": [2]}, NOT_FOUND),
        ({"value": "Dana", "turns": [4]}, NOT_FOUND),
        ({"value": "Dana", "turns": []}, NOT_FOUND),
        ({"value": "Dana"}, NOT_FOUND),
        ("Dana", NOT_FOUND),
        ({"value": None, "why": "they did not say"}, "they did not say"),
        (None, "the model gave none"),
    ],
)
def test_a_bad_field_is_null_with_the_reason(given: Any, why: str) -> None:
    """And spoils no other."""
    fields = answered({"name": given})
    assert fields["name"] == {"value": None, "turns": [], "why": why}
    assert fields["rooms"]["value"] == 3


@pytest.mark.parametrize("text", ["", "I cannot", "{", "[1]", '{"a": NaN}', "{" * 2000])
def test_an_answer_that_is_none(text: str) -> None:
    """It counts as a failed try."""
    with pytest.raises(BadAnswer):
        read(text, SETTINGS, ended())


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from(["summary", "fields", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda it: (
                st.lists(it, max_size=3)
                | st.dictionaries(st.sampled_from(["name", "rooms", "value", "turns", "why"]), it, max_size=4)
            ),
            max_leaves=8,
        ),
    )
)
def test_any_answer_has_every_field(answer: dict[str, Any]) -> None:
    """Whatever JSON a model gives: never nothing, never an error."""
    made = read(json.dumps(answer), SETTINGS, ended())
    assert set(made["extract"]) == set(SETTINGS.extract)
    assert all(each["value"] is not None or each["why"] for each in made["extract"].values())


def test_without_an_answer_each_field_says_why() -> None:
    """`failed` is told, never nothing."""
    made = unanswered("failed", "no answer", SETTINGS)
    assert made["summary"] is None and made["extract"]["name"]["why"] == "no answer"
