"""Patterns of events, and their order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.tools.configtest.bounds import Bound
from pipeline.tools.configtest.event_log import Event
from pipeline.tools.configtest.expect import Seen, Window
from pipeline.tools.configtest.patterns import Moment
from tests.kit.traces import AT, events, said, trace


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
