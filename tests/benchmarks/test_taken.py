"""What a server took, from what was looked at."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.bench.plan import KAV, Point
from benchmarks.bench.taken import Look, combine, during, excused
from benchmarks.load.outcome import Outcome, Spread

NONE = Spread()
OUTCOME = Outcome(10, 100.0, 110.0, {}, NONE, NONE, NONE, NONE, [(105.0, 5.0), (108.0, 5.0)])
LOOKS = [
    Look(99.0, 0.0, 0.0, 92.0, 9_000_000.0),
    Look(101.0, 3.0, 5.0, 100.0, 60_000.0),
    Look(105.0, 4.0, 6.0, 104.0, 62_000.0),
    Look(109.0, 5.0, 7.0, 106.0, 61_000.0),
    Look(111.0, 99.0, 99.0, 291.0, 9_000_000.0),
]


def test_only_the_steady_time_counts() -> None:
    """What the server, the generator and others took between the first and the last look while all calls were there."""
    assert [look.at for look in during(OUTCOME, LOOKS)] == [101.0, 105.0, 109.0]
    run = combine(Point(KAV, 10, 2), OUTCOME, LOOKS, 52_000.0, [(99.0, 9.0), (104.0, 0.002)], [(107.99, 0.03)])
    assert (run.cores, run.load_cores, run.foreign) == (0.25, 0.25, 0.25)
    assert run.memory == 1000.0  # from before the calls to the most, a tenth of it
    assert run.lag == Spread(1, 2.0, 2.0, 2.0, 2.0) and run.stalled == 0.03
    assert (run.underruns, run.excused, run.outcome.underruns) == (1, 1, [])
    assert (run.server, run.calls, run.repeat, run.window) == (KAV, 10, 2, 10.0)


def test_who_disturbs_the_ramp_is_seen() -> None:
    """The first calls have been answered by then, and waited."""
    looks = [Look(91.0, 0.0, 0.0, 40.0, 0.0), *LOOKS]  # 52 seconds of work, none of them the server's
    run = combine(Point(KAV, 10, 2), OUTCOME, looks, 52_000.0, [], [])
    assert run.foreign == pytest.approx((291.0 - 40.0 - 198.0) / 20.0)


@pytest.mark.parametrize(
    ("stalled", "is_excused"),
    [
        ([], False),
        ([(9.9, 0.01)], True),
        ([(9.9, 0.006), (9.95, 0.006)], True),  # together
        ([(9.9, 0.006)], False),
        ([(9.5, 0.5)], False),  # long over
        ([(10.5, 0.5)], False),  # after it
    ],
)
def test_an_underrun_is_excused_by_a_stall_right_before_it(stalled: list[Any], is_excused: bool) -> None:
    """Of 10 ms or more, in the quarter of a second before it."""
    assert excused(10.0, 0.02, stalled) == is_excused
