"""How values are said, by language."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.arguments.ways import WAYS, said


@pytest.mark.parametrize(
    ("value", "way", "hebrew", "english"),
    [
        ("2026-12-01", "day", "יום שלישי, 1 בדצמבר", "Tuesday, December 1"),
        ("2026-12-05T10:00:00+02:00", "day", "שבת, 5 בדצמבר", "Saturday, December 5"),
        ("1990-01-01", "date", "יום שני, 1 בינואר 1990", "Monday, January 1, 1990"),
        ("10:00", "hour", "עשר בבוקר", "10 AM"),
        ("12:00", "hour", "שתים עשרה בצהריים", "12 noon"),
        ("17:30", "hour", "חמש וחצי אחר הצהריים", "5:30 PM"),
        ("2026-12-05T18:15:00+02:00", "hour", "שש ורבע בערב", "6:15 PM"),
        ("00:05", "hour", "שתים עשרה ו-5 דקות בלילה", "12:05 AM"),
        ("+972541234567", "digits", "0 5 4, 1 2 3, 4 5 6 7", "plus 9 7 2, 5 4 1, 2 3 4, 5 6 7"),
        ("+12125550100", "digits", "פלוס 1 2 1, 2 5 5, 5 0 1, 0 0", "2 1 2, 5 5 5, 0 1 0 0"),
        ("12345678", "digits", "1 2 3, 4 5 6, 7 8", "1 2 3, 4 5 6, 7 8"),
        ("דנ-1", "spell", "ד, נ, מקף, 1", "ד, נ, hyphen, 1"),
        ("a.b@c", "spell", "a, נקודה, b, שטרודל, c", "a, dot, b, at, c"),
        (1500000, "money", "1,500,000 שקלים", "1,500,000 dollars"),
        (12.5, "money", "12.50 שקלים", "12.50 dollars"),
        (1, "money", "שקל אחד", "1 dollar"),
        (True, "", "כן", "yes"),
        ([1, "b"], "", "1, b", "1, b"),
        (3.0, "", "3", "3"),
    ],
)
def test_values_are_said(value: Any, way: str, hebrew: str, english: str) -> None:
    """As a person of the country would say them."""
    assert said(value, way, "he-IL") == hebrew
    assert said(value, way, "en-US") == english


def test_other_languages_are_sane() -> None:
    """The names of days and months of some, and digits in the rest."""
    assert said("2026-12-01", "day", "de-DE") == "Dienstag, 1. Dezember"
    assert said("2026-12-01", "date", "ja-JP") == "2026-12-01"
    assert said("17:30", "hour", "fr-FR") == "17:30"
    assert said(1234.5, "money", "es-ES") == "1234,50 €"
    assert said(1234, "money", "ja-JP") == "1,234"


@pytest.mark.parametrize("way", WAYS)
def test_a_value_that_a_way_does_not_fit_is_said_as_it_is(way: str) -> None:
    """The caller hears the value, and the call has no fault."""
    assert said("", way, "he-IL") == ""
    assert said(None, way, "he-IL") == ""
    if way != "spell":
        assert said("soon", way, "he-IL") == "soon"
