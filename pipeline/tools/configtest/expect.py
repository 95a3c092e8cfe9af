"""The expectations of a test, and their check against a call's event log."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Annotated

import msgspec

from pipeline.audio import FUZZ
from pipeline.config.yaml.scalars import span
from pipeline.faults import Place
from pipeline.settings import Duration, doc
from pipeline.tools.configtest.bounds import NEVER, ONCE, Bound, Text
from pipeline.tools.configtest.event_log import Event, EventLog
from pipeline.tools.configtest.figures import FIGURES
from pipeline.tools.configtest.patterns import Moment, Pattern

EXACT = 0.001  # seconds by which `at` may be missed, unless `within` is given
NEAREST = 3  # events shown of those most like a missed one


class Miss(msgspec.Struct, frozen=True):
    """A failed expectation: the events that came instead, and the call time to look at, in seconds."""

    came: tuple[str, ...]
    at: float


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """The time in which an event is expected, in seconds of the call."""

    at: Annotated[Duration | None, doc("The time at which it comes.")] = None
    between: Annotated[tuple[Duration, Duration] | None, doc("The first and the last time at which it may come.")] = (
        None
    )
    within: Annotated[Duration | None, doc("How long after `after`, or how far from `at`.")] = None

    def faults(self) -> Iterable[tuple[str, str]]:
        """Yield the faults of a window that has both `at` and `between`, or ends before it begins."""
        if self.at is not None and self.between is not None:
            yield "between", "stands beside `at`: one of them says when"
        elif self.between is not None and self.between[0] >= self.between[1]:
            yield "between", "ends before it begins"

    def bounds(self, start: float) -> tuple[float, float]:
        """Return the first and last time for an event after one at `start`; the last may be infinite."""
        if self.at is not None:
            return self.at - (self.within or EXACT), self.at + (self.within or EXACT)
        first, last = self.between or (0.0, float("inf"))
        return first, min(last, start + self.within) if self.within is not None else last

    def __str__(self) -> str:
        parts = [f"at {span(self.at)}"] if self.at is not None else []
        parts += [f"between {span(self.between[0])} and {span(self.between[1])}"] if self.between else []
        return " ".join(parts + ([f"within {span(self.within)}"] if self.within is not None else []))


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """An expectation of so many events of a pattern in a window."""

    place: Place
    pattern: Pattern
    window: Window = Window()
    after: Moment | None = None
    count: Bound = ONCE

    def check(self, log: EventLog) -> Miss | None:
        """Return the Miss if a call does not fulfil it, else None."""
        events, start = log.events, 0.0
        if self.after is not None:
            if (index := self.after.find(events)) is None:
                return Miss((f"{self.after}: never came", *_likest(self.after.pattern, events)), log.length)
            start, events = events[index].at, events[index + 1 :]
        first, last = self.window.bounds(start)
        found = [it for it in events if first - FUZZ <= it.at <= last + FUZZ and self.pattern.fits(it)]
        if not self.count.holds(len(found)):
            return self._miss(found, log, min(max(start, first), log.length))
        if self.count.holds(0) and last != float("inf") and last > log.length + FUZZ:
            return Miss((f"the call was over at {span(log.length)}, before that could be told",), log.length)
        return None

    def _miss(self, found: Sequence[Event], log: EventLog, start: float) -> Miss:
        near = [f"{it} at {it.at:.3f} s" for it in found[: NEAREST + 1]] or _likest(self.pattern, log.events)
        times = [it.at for it in found] or [it.at for it in log.events if self.pattern.like(it)] or [start]
        return Miss(tuple(near) or ("nothing like it",), min(times, key=lambda at: abs(at - start)))

    def __str__(self) -> str:
        often = {ONCE: "", NEVER: "no "}.get(self.count)
        counted = f"{self.pattern}, {self.count} times" if often is None else f"{often}{self.pattern}"
        after = f"after {self.after}" if self.after is not None else ""
        return " ".join(part for part in (counted, str(self.window), after) if part)


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """An expectation of everything that the caller heard, reply by reply."""

    place: Place
    texts: tuple[Text, ...]

    def check(self, log: EventLog) -> Miss | None:
        """Return the Miss if a call does not fulfil it, else None."""
        heard = [event for event in log.events if event.kind == "heard"]
        pairs = zip(self.texts, heard, strict=False)
        wrong = next((it.at for text, it in pairs if not text.holds(it.fields["text"])), None)
        if wrong is None and len(heard) == len(self.texts):
            return None
        at = wrong if wrong is not None else heard[len(self.texts)].at if len(heard) > len(self.texts) else log.length
        return Miss(tuple(f"{it} at {it.at:.3f} s" for it in heard) or ("nothing was heard",), at)

    def __str__(self) -> str:
        return "heard " + (", then ".join(map(str, self.texts)) or "nothing at all")


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """An expectation that a figure has samples, all within a bound."""

    place: Place
    name: str
    bound: Bound

    def check(self, log: EventLog) -> Miss | None:
        """Return the Miss if a call does not fulfil it, else None."""
        samples = list(FIGURES[self.name][1](log))
        wrong = [(at, value) for at, value in samples if not self.bound.holds(value)]
        if samples and not wrong:
            return None
        came = tuple(f"{self.bound.show(value)} at {at:.3f} s" for at, value in wrong)
        return Miss(came or ("no sample: nothing in the call has this figure",), wrong[0][0] if wrong else log.length)

    def __str__(self) -> str:
        return f"{self.name} {self.bound}"


Expectation = Seen | Heard | Figure


def _likest(pattern: Pattern, events: Sequence[Event]) -> tuple[str, ...]:
    """Return the events most like a pattern, `NEAREST` at most, in their order in the call."""
    wanted = str(pattern)
    alike = [event for event in events if pattern.like(event)]
    best = sorted(alike, key=lambda it: -difflib.SequenceMatcher(None, wanted, str(it)).ratio())[:NEAREST]
    return tuple(f"{it} at {it.at:.3f} s" for it in sorted(best, key=lambda it: it.at))
