"""The table of types: bounds and schemas."""

from __future__ import annotations

from datetime import datetime
from typing import Any, get_args

import jsonschema
import pytest

from pipeline.arguments import Argument, Arguments
from pipeline.arguments.argument import ArgumentType, Unfit
from pipeline.arguments.kinds import KINDS, read, schema

NOW = datetime(2026, 11, 28, 15, 30)


def test_each_type_has_its_kind() -> None:
    """Each has a schema that is sound."""
    assert set(KINDS) == set(get_args(ArgumentType))
    for kind in KINDS:
        jsonschema.Draft202012Validator.check_schema(schema(Argument(type=kind, of=["a"])))


@pytest.mark.parametrize(
    ("kind", "least", "greatest", "written", "told"),
    [
        ("number", 1, 8.0, 9, "has to be 1 to 8"),
        ("number", "1.5", None, 1, "has to be at least 1.5"),
        ("integer", None, 8, 9, "has to be at most 8"),
        ("integer", 8, 8, 9, "has to be 8"),
        ("text", 2, None, "a", "has 1 characters, and has to have at least 2"),
        ("digits", 4, 9, "123", "has 3 digits, and has to have 4 to 9"),
        ("digits", 9, 9, "123", "has 3 digits, and has to have 9"),
        ("list", None, 3, ["a"] * 4, "has 4 values, and has to have at most 3"),
        ("time", "09:00", "18:00", "18:01", "has to be 09:00:00 to 18:00:00"),
        ("date", "today", None, "2026-11-27", "has to be from 2026-11-28"),
        ("date", None, "2026-12-01", "2026-12-02", "has to be until 2026-12-01"),
    ],
)
def test_values_are_within_their_bounds(kind: ArgumentType, least: Any, greatest: Any, written: Any, told: str) -> None:
    """The bounds themselves fit; of text, digits and lists it is the length that is bounded."""
    with pytest.raises(Unfit) as error:
        read(written, Argument(type=kind, least=least, greatest=greatest), NOW)
    assert str(error.value) == told


def test_the_schema_says_what_is_read() -> None:
    """It is JSON schema, has the descriptions and bounds, and takes nothing more."""
    fields = {
        "rooms": Argument(type="integer", least=1, greatest=8.0, about="How many rooms."),
        "day": Argument(type="date", least="today", about="When."),
        "ids": Argument(type="list", of=["a", "b"], greatest=2, optional=True),
        "id": Argument(like="L[0-9]+"),
    }
    schema = Arguments(fields).schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema == {
        "type": "object",
        "properties": {
            "rooms": {"type": "integer", "minimum": 1, "maximum": 8, "description": "How many rooms."},
            "day": {
                "type": "string",
                "format": "date",
                "description": "When (a date such as 2026-12-01, from today)",
            },
            "ids": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}, "maxItems": 2},
            "id": {"type": "string", "pattern": "^(?:L[0-9]+)$"},
        },
        "required": ["rooms", "day", "id"],
        "additionalProperties": False,
    }
