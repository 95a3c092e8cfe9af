"""The names of days and months."""

from __future__ import annotations

from pipeline.arguments.calendar import DAYS, IN_WORDS, MONTHS


def test_each_language_has_all_names() -> None:
    """Seven days, twelve months, and an order in which they are said."""
    assert DAYS.keys() == MONTHS.keys() == IN_WORDS.keys()
    assert {len(set(names)) for names in DAYS.values()} == {7}
    assert {len(set(names)) for names in MONTHS.values()} == {12}
