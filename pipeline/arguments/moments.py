"""Dates and times: read from a model's JSON, and as bounds, which may be today or now.

`now` is the moment of reading. If it has a time zone, moments are told with its offset; if not, they are the wall time
of wherever the agent is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pipeline.arguments.argument import Argument, Unfit

T = TypeVar("T")

TODAY, NOW = "today", "now"  # bounds that are known at the moment of reading

_DAY = r"(\d{4})-(\d{1,2})-(\d{1,2})"
_HOUR = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(?:\s*([ap])\.?m\.?)?"
_DATE = re.compile(rf"{_DAY}(?:[T ]00:00(?::00)?)?", re.ASCII)
_TIME = re.compile(_HOUR, re.ASCII | re.IGNORECASE)
_DATETIME = re.compile(rf"{_DAY}[T ]\s*{_HOUR}\s*(Z|[-+]\d\d:?\d\d)?", re.ASCII | re.IGNORECASE)


def present(zone: ZoneInfo | None) -> datetime:
    """Return this moment in a time zone; without one as the machine's wall time, which has no offset."""
    return told(datetime.now(UTC), zone)


def told(moment: datetime, zone: ZoneInfo | None) -> datetime:
    """Return a moment as it is told in a time zone; without one as the machine's wall time, which has no offset."""
    return moment.astimezone(zone) if zone is not None else moment.astimezone().replace(tzinfo=None)


def day(value: Any, _argument: Argument, now: datetime) -> str:
    """Return a date as 2026-12-01."""
    return _read(_date, value, "a date such as 2026-12-01", now).isoformat()


def hour(value: Any, _argument: Argument, now: datetime) -> str:
    """Return a time of the day as 09:30, with seconds only if there are some."""
    return _clock(_read(_time, value, "a time such as 09:30", now))


def moment(value: Any, _argument: Argument, now: datetime) -> str:
    """Return a date with a time, with the offset of the time zone if there is one."""
    found = _read(_datetime, value, "a date and a time such as 2026-12-01T09:30", now)
    return found.isoformat(timespec="seconds" if found.second or found.tzinfo else "minutes")


def date_bound(bound: Any, now: datetime) -> date:
    """Return a bound of dates; raises ValueError for another value."""
    return now.date() if bound in (TODAY, NOW) else _date(str(bound), now)


def time_bound(bound: Any, now: datetime) -> time:
    """Return a bound of times; raises ValueError for another value."""
    return now.time().replace(microsecond=0) if bound == NOW else _time(str(bound), now)


def datetime_bound(bound: Any, now: datetime) -> datetime:
    """Return a bound of moments; a date stands for its first one. Raises ValueError for another value."""
    if bound == NOW:
        return now.replace(microsecond=0)
    if bound == TODAY or _DATE.fullmatch(str(bound)):
        return datetime.combine(date_bound(bound, now), time(), now.tzinfo)
    return _datetime(str(bound), now)


def _read(read: Callable[[str, datetime], T], value: Any, wants: str, now: datetime) -> T:
    if not isinstance(value, str):
        raise Unfit(f"has to be {wants}")
    try:
        return read(value.strip(), now)
    except (ValueError, OverflowError):
        raise Unfit(f"has to be {wants}; today is {now:%Y-%m-%d}") from None


def _date(text: str, _now: datetime) -> date:
    found = _DATE.fullmatch(text)
    if not found:
        raise ValueError(text)
    return date(int(found[1]), int(found[2]), int(found[3]))


def _time(text: str, _now: datetime) -> time:
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError(text)
    return _time_of(*found.groups())


def _time_of(hours: str, minutes: str, seconds: str | None, half: str | None) -> time:
    number = int(hours)
    if half:
        if not 1 <= number <= 12:
            raise ValueError(hours)
        number = number % 12 + 12 * (half in "pP")
    return time(number, int(minutes), int(seconds or 0))


def _datetime(text: str, now: datetime) -> datetime:
    found = _DATETIME.fullmatch(text)
    if not found:
        raise ValueError(text)
    year, month, in_month, *clock, offset = found.groups()
    wall = datetime.combine(date(int(year), int(month), int(in_month)), _time_of(*clock), now.tzinfo)
    if not offset:
        return wall
    there = datetime.fromisoformat(wall.replace(tzinfo=None).isoformat() + offset.upper())
    return there.astimezone(now.tzinfo) if now.tzinfo else told(there, None)


def _clock(found: time) -> str:
    return found.isoformat(timespec="seconds" if found.second else "minutes")
