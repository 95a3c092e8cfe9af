from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.providers.quota import Exhausted, Limiter, divide, shared
from pipeline.testing import run_virtual


def admitted(limiter: Limiter, callers: list[tuple[float, float, float]]) -> Any:
    """When each caller was let through; None if not. A caller is its arrival, its patience, and how long it stays."""
    times: list[float | None] = [None] * len(callers)

    async def call(number: int, arrival: float, patience: float, stays: float) -> None:
        await asyncio.sleep(arrival)
        try:
            async with limiter.slot(patience):
                times[number] = asyncio.get_running_loop().time()
                assert not limiter.sessions or limiter.open <= limiter.sessions
                await asyncio.sleep(stays)
        except Exhausted:
            assert asyncio.get_running_loop().time() <= arrival + patience + 1e-6

    async def main() -> None:
        await asyncio.gather(*(call(number, *caller) for number, caller in enumerate(callers)))

    run_virtual(main())
    return times


@pytest.mark.fault("F7")
def test_a_quota_lets_so_many_through_in_a_minute() -> None:
    """The rest follow a minute after the first, in their order."""
    assert admitted(Limiter("x", 2), [(0, 100, 0), (1, 100, 0), (2, 100, 0), (3, 100, 0)]) == [0, 1, 60, 61]


def test_who_cannot_wait_is_refused_at_once() -> None:
    """And takes nobody's place."""
    limiter = Limiter("x", 1)
    assert admitted(limiter, [(0, 1, 0), (1, 50, 0), (2, 100, 0)]) == [0, None, 60]


def test_sessions_are_counted_while_they_last() -> None:
    """The next one begins when one ends; who has waited long enough is refused."""
    limiter = Limiter("x", 0, 2)
    assert admitted(limiter, [(0, 0, 10), (0, 0, 5), (1, 3, 1), (1, 9, 1)]) == [0, 0, None, 5]
    assert limiter.open == 0


def test_who_hangs_up_while_waiting_gives_the_place_back() -> None:
    """A call that was interrupted costs no quota."""

    async def main() -> float:
        limiter = Limiter("x", 1)
        async with limiter.slot(0):
            pass
        waiting = asyncio.ensure_future(limiter.slot(100).__aenter__())
        await asyncio.sleep(1)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        async with limiter.slot(100):
            return asyncio.get_running_loop().time()

    assert run_virtual(main()) == 60


def test_a_provider_that_says_too_much_is_left_alone() -> None:
    """Nobody gets through before."""

    async def main() -> float:
        limiter = Limiter("x", 100)
        limiter.rest(5.0)
        with pytest.raises(Exhausted):
            async with limiter.slot(1.0):
                pass
        async with limiter.slot(10.0):
            return asyncio.get_running_loop().time()

    assert run_virtual(main()) == 5


def test_it_says_how_near_the_quota_is(log: list[str]) -> None:
    """In numbers at any time, and once in the log, at 80 %."""

    async def main() -> tuple[list[float], float, int]:
        limiter, shares = Limiter("tts.google", 10, 4), []
        for _ in range(10):
            async with limiter.slot(0):
                shares.append(round(limiter.used, 2))
        await asyncio.sleep(60)
        return shares, limiter.used, limiter.requests

    shares, later, requests = run_virtual(main())
    assert shares == [0.25, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    assert (later, requests) == (0, 0) and log == ["QUOTA tts.google 80% used"]


@pytest.mark.fault("F7")
@given(
    st.lists(st.tuples(st.floats(0, 200), st.floats(0, 100), st.floats(0, 30)), max_size=30),
    st.integers(1, 5),
    st.integers(0, 3),
)
def test_no_minute_ever_has_more_than_the_quota(
    callers: list[tuple[float, float, float]], per_minute: int, sessions: int
) -> None:
    """Whoever comes when, and waits how long; and in the end every session is given back."""
    limiter = Limiter("x", per_minute, sessions)
    times = sorted(time for time in admitted(limiter, callers) if time is not None)
    assert all(later - first >= 60 - 1e-6 for first, later in zip(times, times[per_minute:], strict=False))
    assert limiter.open == 0


def test_one_name_is_one_limiter() -> None:
    """For as long as somebody holds it; another account has its own."""
    one = shared("x", 5, 1)
    assert shared("x", 5, 1) is one and shared("x", 5, 1, "other") is not one and shared("x", 6, 1) is not one


def test_processes_share_a_quota() -> None:
    """Each has its part, rounded down, and none has nothing; no limit stays none."""
    try:
        divide(4)
        parts = [shared("divided", *limits).limits for limits in ((1000, 10), (2, 0), (0, 3))]
    finally:
        divide(1)
    assert parts == [{"requests": 250, "sessions": 2}, {"requests": 1}, {"sessions": 1}]
    assert shared("divided", 1000).limits == {"requests": 1000}
