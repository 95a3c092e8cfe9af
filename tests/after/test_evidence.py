"""A value of a model is taken if its words stand in the turns that it names."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.after.evidence import is_found
from pipeline.arguments.argument import ArgumentType


@pytest.mark.parametrize(
    ("value", "kind", "said"),
    [
        ("Dana Levi", "text", "hi, this is dana, dana LEVI"),
        ("דנה", "text", "שמי דָּנָה"),
        ("dana@example.com", "email", "dana at example dot com"),
        ("+972521234567", "phone", "zero five two, one two three, four five six seven"),
        ("0521234567", "digits", "052-1234567"),
        (3, "integer", "three rooms"),
        (3, "integer", "שלושה חדרים"),
        (2000000, "integer", "two million"),
        (450000.0, "number", "four hundred and fifty thousand"),
        (5500, "integer", "up to 5,500 shekels"),
        (0, "integer", "zero, thanks"),
        (["Haifa", "Acre"], "list", "in Haifa or in Acre"),
        ("rent", "one_of", "we look for something to lease"),
        ("2026-12-01", "date", "on Tuesday"),
    ],
)
def test_words_that_were_said(value: Any, kind: ArgumentType, said: str) -> None:
    """In any spelling, spoken or in digits; a choice or a date is the model's reading."""
    assert is_found(value, kind, [said])


@pytest.mark.fault("M4")
@pytest.mark.parametrize(
    ("value", "kind", "said"),
    [
        ("Dina", "text", "this is Dana"),
        ("", "text", "this is Dana"),
        ("+972521234568", "phone", "zero five two, one two three, four five six seven"),
        ("", "digits", "none"),
        (4, "integer", "three rooms"),
        (0, "integer", "three rooms"),
        (["Haifa", "Acre"], "list", "in Haifa"),
        ("dana@example.org", "email", "dana at example dot com"),
    ],
)
def test_words_that_were_not(value: Any, kind: ArgumentType, said: str) -> None:
    """However sure the model is."""
    assert not is_found(value, kind, [said])
