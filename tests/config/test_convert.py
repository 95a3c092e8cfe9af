"""Every setting of every processor refuses what it cannot be, at its line, in words for people; FAULTS A3."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline import catalog
from pipeline.catalog import spec
from pipeline.catalog.spec import Field
from pipeline.config.convert import wanted
from tests.kit.configs import Write, faults

FIELDS = [(word, field) for word in catalog.words() for field in spec.fields(catalog.find(word).Settings)]
LIKE_NUMBERS = ("a whole number", "a number", "a duration", "true or false")


def bad(field: Field) -> dict[str, Any]:
    """Values that this setting cannot have, by what is wrong with them."""
    kind = wanted(field.type)
    values = {}
    if kind not in ("keys and values", "a value"):
        values["a table"] = "{nothing: [1]}"
    if kind != "a value":
        values["a list of lists"] = "[[[1]]]"
    if kind.startswith(LIKE_NUMBERS):
        values |= {"a word": "wrong", "two words": "7 or 8"}
    if kind.startswith(LIKE_NUMBERS[:2]):
        values |= {"in quotes": '"7"', "with a unit": "7s"}
    if kind.startswith("a duration"):
        values |= {"without a unit": "7", "below nothing": "-7s"}
    if kind == "text":
        values |= {"a number": "7", "a switch": "true"}
    if kind.startswith("one of"):
        values["another"] = "none_of_these"
    if field.le is not None:
        values["too much"] = f"{field.le + 1:.0f}" + ("s" if kind.startswith("a duration") else "")
    return values


@pytest.mark.fault("A3")
@pytest.mark.parametrize(("word", "field"), FIELDS, ids=lambda it: it.name if isinstance(it, Field) else it)
def test_what_a_setting_cannot_be_is_refused(write: Write, word: str, field: Field) -> None:
    """A table, a list, a word, a number in quotes, one out of range: one fault each, which names the setting."""
    for what, value in bad(field).items():
        found = faults(write(f"pipeline:\n  - {word}:\n      {field.name}: {value}\n"))
        own = [each for each in found if each.startswith("x.yaml:3:")]
        names = f" `{field.name}" if "fallback" not in field.name else " a step is "
        assert len(own) == 1 and (names in own[0] or f" `{field.name}" in own[0]), (what, found)
