"""Measures of a score."""

from __future__ import annotations

import pytest

from pipeline.tools.learn.fit import Pause
from pipeline.tools.learn.measure import auc, curve, cut_at, delay_at, silence_curve

TURNS = [
    Pause({}, False, 0.25, ""),
    Pause({}, False, 0.45, ""),
    Pause({}, False, 0.9, ""),
    Pause({}, False, 1.5, ""),
    Pause({}, True, 5.0, ""),
    Pause({}, True, 5.0, ""),
]


@pytest.mark.parametrize(
    ("scores", "area"),
    [((0.1, 0.2, 0.3, 0.4, 0.5, 0.6), 1.0), ((0.9, 0.9, 0.9, 0.9, 0.1, 0.1), 0.0), ((0.5,) * 6, 0.5)],
)
def test_the_area_is_the_share_of_pairs_in_order(scores: tuple[float, ...], area: float) -> None:
    """1 if every end scores higher than every other pause, 0.5 by chance."""
    assert auc(TURNS, scores) == area


def test_silence_cuts_the_pauses_longer_than_it() -> None:
    """At 0.5 s two pauses of four are cut; to cut one, the delay is the length of the second longest."""
    found = silence_curve(TURNS)
    assert cut_at(found, 0.5) == 0.5
    assert delay_at(found, 0.25) == pytest.approx(0.9, abs=0.03)


def test_a_score_that_knows_cuts_nothing() -> None:
    """Ends are decided at once, pauses waited for."""
    found = curve(TURNS, (0.001, 0.001, 0.001, 0.001, 0.999, 0.999))
    assert cut_at(found, 0.3) == 0
    assert delay_at(found, 0.0) <= 0.3


def test_a_score_that_knows_nothing_is_silence() -> None:
    """A score that is always the same asks for the same silence at every pause."""
    assert cut_at(curve(TURNS, (0.5,) * 6), 0.5) == cut_at(silence_curve(TURNS), 0.5)
