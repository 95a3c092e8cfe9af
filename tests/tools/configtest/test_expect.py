"""Expectations, held against events of any kind."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.tools.configtest.bounds import Bound
from pipeline.tools.configtest.event_log import Event
from pipeline.tools.configtest.expect import Seen, Window
from tests.kit.traces import AT, events, said, trace


@given(events, st.integers(0, 5), st.sampled_from(["<", "<=", "=", ">=", ">"]), st.integers(0, 4), st.integers(1, 5))
def test_a_count_is_of_what_stands_in_the_window(
    of: list[Event], amount: int, sign: str, first: int, more: int
) -> None:
    """Its bounds included, whatever the events are."""
    window = Window(between=(float(first), float(first + more)))
    seen = Seen(place=AT, pattern=said("a"), window=window, count=Bound(sign, amount))
    there = [it for it in of if it.fields["text"] == "a" and first <= it.at <= first + more]
    assert (seen.check(trace(of)) is None) == Bound(sign, amount).holds(len(there))


def test_a_window_that_the_call_did_not_live_to_see_shows_nothing() -> None:
    """It might have come."""
    none = Seen(place=AT, pattern=said("a"), window=Window(between=(0.0, 11.0)), count=Bound("=", 0))
    miss = none.check(trace([]))
    assert miss is not None and miss.came == ("the call was over at 10s, before that could be told",)
