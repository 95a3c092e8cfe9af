"""A server's tools as a model is told of them."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abilities.mcp.schema import DEEPEST, MOST, Listed, Schema, pin
from pipeline.arguments import BadArguments

PLAIN = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "rooms": {"type": ["integer", "null"]},
        "kind": {"type": "string", "enum": ["buy", "rent"]},
        "any": {"anyOf": [{"type": "string"}, {"type": "number"}]},
        "sure": {"type": "boolean"},
    },
    "required": ["name"],
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3),
)


def test_a_plain_schema_is_passed_on_as_it_is() -> None:
    """Its names are those of the arguments."""
    schema = Schema(PLAIN)
    assert schema.schema() == PLAIN and schema.names == tuple(PLAIN["properties"]) and schema.are_known
    assert not Listed("find", "Finds.", PLAIN).fault()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "`name` is missing"),
        ('{"name": 3}', "`name` has to be of type string"),
        ('{"name": "a", "rooms": 2.5}', "`rooms` has to be of type integer or null"),
        ('{"name": "a", "rooms": true}', "`rooms` has to be of type integer or null"),
        ('{"name": "a", "kind": "steal"}', '`kind` has to be one of ["buy","rent"]'),
        ('{"name": "a", "nmae": "b"}', "no argument `nmae`"),
        ("name", "one JSON object"),
    ],
)
def test_arguments_that_cannot_fit_are_told_before_the_server_is_asked(text: str, told: str) -> None:
    """In one sentence, as those of other tools."""
    with pytest.raises(BadArguments, match=told.replace("[", r"\[")):
        Schema(PLAIN).read(text)


def test_arguments_that_fit_are_as_the_model_wrote_them() -> None:
    """What is deeper in them is the server's to judge."""
    given = {"name": "a", "rooms": 2.0, "kind": "buy", "any": [1], "sure": False}
    assert Schema(PLAIN).read(json.dumps(given)) == given


def test_a_tool_that_is_not_there_yet_is_known_to_be_so() -> None:
    """A replay has arguments of it all the same."""
    assert not Schema(None).are_known and Schema(None).names == ()
    assert Schema(None).read('{"name": "a"}') == {"name": "a"}


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"type": "array"}, "no plain object"),
        ({**PLAIN, "anyOf": []}, "no plain object"),
        ({"type": "object", "properties": []}, "without a schema"),
        ({"type": "object", "properties": {"a": True}}, "without a schema"),
        ({"type": "object", "properties": {"a": {"type": "odd"}}}, "of kinds"),
        ({"type": "object", "properties": {}, "required": ["a"]}, "requires arguments"),
        ({"type": "object", "required": "a"}, "requires arguments"),
        ({"type": "object", "properties": {"a": {"description": "x" * MOST}}}, "more than"),
        ({"type": "object", "properties": {"a": {"$ref": "https://x.example/s"}}}, "other documents"),
        ({"type": "object", "properties": {"a": {"items": [{"$ref": "file:s"}]}}}, "other documents"),
    ],
)
def test_a_schema_that_models_do_not_take_is_a_fault(schema: dict[str, Any], told: str) -> None:
    """It is told as a predicate."""
    assert told in Listed("find", "", schema).fault()


def test_a_schema_of_a_thousand_levels_is_a_fault_and_no_error() -> None:
    """Nothing recurses as deeply as it does."""
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"a": deep}
    assert str(DEEPEST) in Listed("find", "", {"type": "object", "properties": {"a": deep}}).fault()


def test_the_pin_is_that_of_names_words_and_schemas_in_any_order() -> None:
    """Each of them changes it."""
    one, two = Listed("a", "A.", PLAIN), Listed("b", "B.", PLAIN)
    assert pin([one, two]) == pin([two, one]) and len(pin([])) == 16
    others = [[one], [one, Listed("c", "B.", PLAIN)], [one, Listed("b", "C.", PLAIN)], [one, Listed("b", "B.", {})]]
    assert len({pin(each) for each in [*others, [one, two]]}) == 5


@given(JSON, JSON, st.dictionaries(st.text(max_size=5), JSON, max_size=4), st.sampled_from(["type", "enum", "items"]))
def test_no_schema_and_no_arguments_of_any_shape_are_an_error(
    odd: Any, required: Any, values: dict[str, Any], key: str
) -> None:
    """A fault, or a refusal, or values."""
    schema = {"type": "object", "properties": {name: {key: odd} for name in values}, "required": required}
    if Listed("find", "", schema).fault():
        return
    with suppress(BadArguments):
        assert Schema(schema).read(msgspec.json.encode(values).decode()) == values
