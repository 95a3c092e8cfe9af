"""Expectations, held against events of any kind."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.faults import Place
from pipeline.tools.configtest.bounds import Bound, Text
from pipeline.tools.configtest.event_log import Event, EventLog
from pipeline.tools.configtest.expect import Seen, Window
from pipeline.tools.configtest.patterns import Moment, Pattern

AT = Place("it.test.yaml", 1, 1)


def said(text: str) -> Pattern:
    return Pattern("log", "", (("text", Text("equals", text)),))


events = st.lists(st.tuples(st.integers(0, 50), st.sampled_from("ab")), max_size=20).map(
    lambda pairs: [Event(at / 10, "log", "", {"text": text}) for at, text in sorted(pairs)]
)


def trace(of: list[Event]) -> EventLog:
    made = EventLog(length=10.0)
    made.events = of
    return made


@given(events, st.integers(0, 5), st.sampled_from(["<", "<=", "=", ">=", ">"]), st.integers(0, 4), st.integers(1, 5))
def test_a_count_is_of_what_stands_in_the_window(
    of: list[Event], amount: int, sign: str, first: int, more: int
) -> None:
    """Its bounds included, whatever the events are."""
    window = Window(between=(float(first), float(first + more)))
    seen = Seen(place=AT, pattern=said("a"), window=window, count=Bound(sign, amount))
    there = [it for it in of if it.fields["text"] == "a" and first <= it.at <= first + more]
    assert (seen.check(trace(of)) is None) == Bound(sign, amount).holds(len(there))


@given(events, st.integers(0, 50))
def test_after_means_later_in_the_order_of_events(of: list[Event], tenths: int) -> None:
    """Also within a tick; and if what it is after never came, nothing is shown."""
    seen = Seen(place=AT, pattern=said("b"), after=Moment(said("a")), window=Window(within=tenths / 10))
    index = next((at for at, it in enumerate(of) if it.fields["text"] == "a"), None)
    later = [] if index is None else of[index + 1 :]
    hits = [it for it in later if it.fields["text"] == "b" and it.at <= of[index].at + tenths / 10 + 1e-9]
    assert (seen.check(trace(of)) is None) == bool(hits)


@given(events)
def test_none_of_something_is_the_opposite_of_one_of_it(of: list[Event]) -> None:
    """In a window that ends before the call does."""
    window = Window(between=(0.0, 5.0))
    some = Seen(place=AT, pattern=said("a"), window=window)
    none = Seen(place=AT, pattern=said("a"), window=window, count=Bound("=", 0))
    assert (some.check(trace(of)) is None) != (none.check(trace(of)) is None)


def test_a_window_that_the_call_did_not_live_to_see_shows_nothing() -> None:
    """It might have come."""
    none = Seen(place=AT, pattern=said("a"), window=Window(between=(0.0, 11.0)), count=Bound("=", 0))
    miss = none.check(trace([]))
    assert miss is not None and miss.came == ("the call was over at 10s, before that could be told",)
