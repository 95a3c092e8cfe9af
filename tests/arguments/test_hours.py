"""Opening hours."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.arguments.hours import DAYS, Hours

SUNDAY = datetime(2026, 11, 29)


@pytest.mark.parametrize(
    "text, inside, outside",
    [
        ("sun-thu 09:00-18:00, fri 09:00-13:00", ["sun 09:00", "thu 17:59", "fri 12:59"], ["fri 13:00", "sat 10:00"]),
        ("09:00-17:00", ["sat 09:00", "mon 16:59"], ["mon 17:00", "mon 08:59"]),
        ("fri-mon 22:00-02:00", ["fri 22:00", "sat 01:59", "tue 01:00"], ["fri 01:00", "tue 22:00"]),
        ("Sat 00:00-24:00", ["sat 00:00", "sat 23:59"], ["sun 00:00", "fri 23:59"]),
    ],
)
def test_the_days_and_their_times(text: str, inside: list[str], outside: list[str]) -> None:
    """A minute is in or out; a span past midnight belongs to the day on which it begins."""
    hours = Hours(text)
    assert [hours.has(_moment(at)) for at in inside] == [True] * len(inside)
    assert [hours.has(_moment(at)) for at in outside] == [False] * len(outside)


def _moment(text: str) -> datetime:
    day, time = text.split()
    hour, minute = map(int, time.split(":"))
    return SUNDAY + timedelta(days=DAYS.index(day) + 1, hours=hour, minutes=minute)


@pytest.mark.parametrize(
    "text, why",
    [
        ("", "are days and times"),
        ("sun-thu", "are days and times"),
        ("9-18", "are days and times"),
        ("sun 09:00-18:00; fri 09:00-13:00", "are days and times"),
        ("sun 09:00-09:00", "never are"),
        ("24:00-02:00", "never are"),
        ("sun 09:60-10:00", "09:60, which no clock shows"),
        ("sun 09:00-25:00", "25:00, which no clock shows"),
    ],
)
def test_hours_that_are_none_are_told(text: str, why: str) -> None:
    """With the predicate of a sentence."""
    with pytest.raises(ValueError, match=why):
        Hours(text)


@given(st.text(alphabet="sunfri -,:0123456789", max_size=40))
def test_any_text_is_hours_or_a_sentence(text: str) -> None:
    """Nothing else is raised, and hours that are taken are open at some minute of the week."""
    try:
        hours = Hours(text)
    except ValueError:
        return
    assert any(hours.has(SUNDAY + timedelta(minutes=minute)) for minute in range(7 * 24 * 60))
