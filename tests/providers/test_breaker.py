"""The breaker: when a provider is asked, and when it is left alone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.providers.breaker import AFTER, CLOSED, LONGEST, OPEN, PROBING, REST, Breaker, Trial


class Bench:
    """A breaker, a clock, and what the breaker told."""

    def __init__(self, **settings: Any) -> None:
        self.now = 0.0
        self.told: list[Any] = []
        self.breaker = Breaker("asr.google", **settings)

    def trial(self) -> Trial:
        return self.breaker.trial(lambda: self.now, self.told.append)

    def request(self, how: str) -> None:
        trial = self.trial()
        trial.__enter__()
        self.end(trial, how)

    def end(self, trial: Trial, how: str) -> None:
        if how == "works":
            trial.worked()
        error: Any = {"fails": OSError(), "is left": asyncio.CancelledError()}.get(how)
        trial.__exit__(error and type(error), error, None)

    def opened(self) -> Bench:
        for _ in range(AFTER):
            self.request("fails")
        return self

    @property
    def lets(self) -> bool:
        return self.breaker.lets(self.now)


@pytest.mark.parametrize(("failures", "state"), [(AFTER - 1, CLOSED), (AFTER, OPEN)])
def test_it_opens_after_three_failures_in_a_row(failures: int, state: str) -> None:
    """And not after two."""
    bench = Bench()
    for _ in range(failures):
        bench.request("fails")
    assert bench.breaker.state == state and bench.lets == (state == CLOSED)


def test_an_answer_begins_the_count_anew() -> None:
    """Two failures, an answer, two failures: it works well enough."""
    bench = Bench()
    for how in ("fails", "fails", "works", "fails", "fails"):
        bench.request(how)
    assert bench.breaker.state == CLOSED and bench.told == []


def test_a_request_that_is_left_says_nothing() -> None:
    """A caller who goes on is no failure, and no answer either."""
    bench = Bench()
    for how in ("fails", "fails", "is left", "fails"):
        bench.request(how)
    assert bench.breaker.state == OPEN


def test_to_end_without_an_answer_is_to_fail() -> None:
    """A stream of nothing."""
    bench = Bench(after=1)
    bench.request("ends")
    assert bench.breaker.state == OPEN


@pytest.mark.parametrize(("now", "lets"), [(REST - 0.01, False), (REST, True)])
def test_it_is_open_for_ten_seconds(now: float, lets: bool) -> None:
    """To the moment."""
    bench = Bench().opened()
    bench.now = now
    assert bench.lets is lets


def test_one_probe_is_let_through() -> None:
    """The others go on without until it is known how that one ends."""
    bench = Bench().opened()
    bench.now = REST
    probe = bench.trial()
    probe.__enter__()
    assert bench.breaker.state == PROBING and not bench.lets
    bench.end(probe, "works")
    assert bench.lets and bench.told == [OPEN, PROBING, CLOSED]


def test_each_probe_that_fails_doubles_the_rest_up_to_a_minute() -> None:
    """10, 20, 40, 60, 60 s; after an answer 10 again."""
    bench, rests = Bench().opened(), []
    for _ in range(4):
        begin = bench.now
        bench.now = bench.breaker._until
        rests.append(bench.now - begin)
        bench.request("fails")
    assert rests == [10.0, 20.0, 40.0, LONGEST]
    bench.now += LONGEST
    bench.request("works")
    begin = bench.now
    assert bench.opened().breaker._until == begin + REST


def test_a_probe_that_is_left_lets_the_next_one_probe() -> None:
    """Or nobody would ever ask again."""
    bench = Bench().opened()
    bench.now = REST
    bench.request("is left")
    assert bench.breaker.state == OPEN and bench.lets


@pytest.mark.parametrize(("how", "state"), [("fails", PROBING), ("is left", PROBING), ("works", CLOSED)])
def test_while_it_probes_older_requests_count_only_if_they_are_answered(how: str, state: str) -> None:
    """What began before it opened says nothing new by failing."""
    bench = Bench()
    older = bench.trial()
    older.__enter__()
    bench.opened().now = REST
    bench.trial().__enter__()
    bench.end(older, how)
    assert bench.breaker.state == state


def test_what_was_given_up_stays_open() -> None:
    """A provider that could not be opened is never there."""
    bench = Bench()
    bench.breaker.give_up()
    bench.now = 1e9
    assert not bench.lets


ENDS = st.tuples(st.integers(0, 9), st.sampled_from(["works", "fails", "is left"]))
STEPS = st.lists(st.one_of(st.just("begin"), st.floats(0, 70), ENDS))


@given(STEPS, st.integers(1, 4))
def test_whatever_happens_it_neither_sticks_nor_lets_two_probe(steps: list[Any], after: int) -> None:
    """With no request under way it is asked again within a minute; it tells each change once; one answer closes it."""
    bench, under_way = Bench(after=after), []
    for step in steps:
        if step == "begin":
            under_way.append(bench.trial())
            under_way[-1].__enter__()
        elif isinstance(step, float):
            bench.now += step
        elif under_way:
            before = bench.breaker.state
            bench.end(under_way.pop(step[0] % len(under_way)), step[1])
            assert step[1] != "works" or bench.breaker.state == CLOSED
            assert not (before == CLOSED and bench.breaker.state == PROBING)
        assert bench.breaker.state != PROBING or (under_way and not bench.lets)
        assert bench.breaker.failures <= after
    for trial in under_way:
        bench.end(trial, "is left")
    bench.now += LONGEST
    assert bench.lets
    assert all(one != other for one, other in zip([CLOSED, *bench.told], bench.told, strict=False))
    assert all(before == OPEN for before, state in zip(bench.told, bench.told[1:], strict=False) if state == PROBING)
