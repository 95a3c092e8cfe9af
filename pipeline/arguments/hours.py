"""Opening hours, as a config writes them: `sun-thu 09:00-18:00, fri 09:00-13:00`; without days, every day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY, WEEK = 24 * 60, 7 * 24 * 60  # minutes
_DAY = "|".join(DAYS)
_PART = re.compile(rf"(?:({_DAY})(?:-({_DAY}))? +)?(\d\d):(\d\d) *- *(\d\d):(\d\d)", re.IGNORECASE)
_LOOKS = "are days and times, such as sun-thu 09:00-18:00, fri 09:00-13:00"


class Hours:
    """The hours of a week; a span that ends before it begins goes on into the next day.

    Raises ValueError, with the predicate of a sentence, for a text that is none, and for hours that never are.
    """

    def __init__(self, text: str) -> None:
        self._spans = [span for part in text.split(",") for span in _spans(part.strip())]

    def has(self, at: datetime) -> bool:
        """True at this moment, in its own time zone."""
        minute = at.weekday() * DAY + at.hour * 60 + at.minute
        return any(0 <= (minute - begin) % WEEK < length for begin, length in self._spans)


def _spans(part: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of a part: the minute of the week at which each begins, and its length in minutes."""
    if (found := _PART.fullmatch(part)) is None:
        raise ValueError(_LOOKS)
    first, last, *times = found.groups()
    begin, end = (_minute(*pair) for pair in (times[:2], times[2:]))
    if begin in (end, DAY):
        raise ValueError(f"never are: {part} has no minute in it")
    start = DAYS.index(first.lower()) if first else 0
    days = 7 if not first else (DAYS.index(last.lower()) - start) % 7 + 1 if last else 1
    for day in range(start, start + days):
        yield day % 7 * DAY + begin, (end - begin) % DAY or DAY


def _minute(hours: str, minutes: str) -> int:
    minute = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or minute > DAY:
        raise ValueError(f"have {hours}:{minutes}, which no clock shows")
    return minute
