"""Dates and times, in a time zone or as wall time."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipeline.arguments import Argument
from pipeline.arguments.argument import ArgumentType, Unfit
from pipeline.arguments.kinds import read
from pipeline.arguments.moments import present, told

ZONE = ZoneInfo("Asia/Jerusalem")
NOW = datetime(2026, 11, 28, 15, 30, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        ("date", "2027-1-2", "2027-01-02"),
        ("date", "2026-11-28", "2026-11-28"),
        ("time", "9:30", "09:30"),
        ("time", "5:05 p.m.", "17:05"),
        ("datetime", "2026-12-01 10:00", "2026-12-01T10:00:00+02:00"),
        ("datetime", "2026-12-01T10:00Z", "2026-12-01T12:00:00+02:00"),
        ("time", "12:10 am", "00:10"),
        ("time", "09:30:15.5", "09:30:15"),
        ("datetime", "2026-07-01T10:00:00", "2026-07-01T10:00:00+03:00"),
        ("datetime", "2026-12-01T10:00+0530", "2026-12-01T06:30:00+02:00"),
    ],
)
def test_moments_are_read(kind: ArgumentType, written: str, value: str) -> None:
    """In the zone's time of that day; an offset that a model writes is kept to."""
    assert read(written, Argument(type=kind), NOW) == value


@pytest.mark.parametrize(
    ("kind", "written", "wanted"),
    [
        ("date", "tomorrow", "has to be a date such as 2026-12-01; today is 2026-11-28"),
        ("date", "2026-02-30", "has to be a date such as 2026-12-01; today is 2026-11-28"),
        ("date", 20261201, "has to be a date such as 2026-12-01"),
        ("date", "2026-12-01T10:00", "has to be a date such as 2026-12-01; today is 2026-11-28"),
        ("time", "5 pm", "has to be a time such as 09:30; today is 2026-11-28"),
        ("time", "24:00", "has to be a time such as 09:30; today is 2026-11-28"),
        ("time", "13:00 pm", "has to be a time such as 09:30; today is 2026-11-28"),
        ("datetime", "2026-12-01", "has to be a date and a time such as 2026-12-01T09:30; today is 2026-11-28"),
        (
            "datetime",
            "0001-01-01T00:00+23:00",
            "has to be a date and a time such as 2026-12-01T09:30; today is 2026-11-28",
        ),
    ],
)
def test_what_is_none_is_told(kind: ArgumentType, written: Any, wanted: str) -> None:
    """With today's date, which a model may not know."""
    with pytest.raises(Unfit) as error:
        read(written, Argument(type=kind), NOW)
    assert str(error.value) == wanted


@pytest.mark.parametrize(
    ("kind", "bound", "fits", "unfit"),
    [
        ("date", "today", "2026-11-28", "2026-11-27"),
        ("date", "2026-12-01", "2026-12-01", "2026-11-30"),
        ("time", "now", "15:30", "15:29"),
        ("time", "09:00", "9:00", "08:59:59"),
        ("datetime", "now", "2026-11-28T15:30", "2026-11-28T15:29"),
        ("datetime", "today", "2026-11-28T00:00", "2026-11-27T23:59"),
        ("datetime", "2026-12-01", "2026-12-01T00:00", "2026-11-30T23:59"),
        ("datetime", "2026-12-01T10:00Z", "2026-12-01T12:00", "2026-12-01T11:59"),
    ],
)
def test_bounds_are_meant_at_the_moment_of_reading(kind: ArgumentType, bound: str, fits: str, unfit: str) -> None:
    """Today and now are not those of the config's loading."""
    argument = Argument(type=kind, least=bound)
    read(fits, argument, NOW)
    with pytest.raises(Unfit, match="has to be from "):
        read(unfit, argument, NOW)


def test_without_a_zone_moments_are_wall_time() -> None:
    """The machine's, without an offset that nobody has declared."""
    assert told(NOW, ZoneInfo("UTC")).isoformat() == "2026-11-28T13:30:00+00:00"
    assert told(NOW, None).tzinfo is present(None).tzinfo is None
    assert present(ZONE).tzinfo is ZONE


def test_a_moment_before_all_others_is_refused() -> None:
    """An offset leads it out of the calendar."""
    with pytest.raises(Unfit, match="has to be a date and a time"):
        read("0001-01-01T00:00+23:00", Argument(type="datetime"), NOW)
