"""Learning of weights."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.prosody.features import NAMES
from pipeline.tools.learn.fit import Pause, learn, left_out


def pauses(count: int, seed: int, source: str = "a", lean: float = 2.0) -> list[Pause]:
    """Pauses whose ends lean to a lower tone, all other features alike."""
    random = np.random.default_rng(seed)

    def one(over: bool) -> Pause:
        values = {name: float(random.standard_normal()) for name in NAMES}
        return Pause(values | {"tone": values["tone"] - lean * over}, over, 0.5, source)

    return [one(number % 3 == 0) for number in range(count)]


def test_the_feature_that_tells_has_the_weight() -> None:
    """Ends have a lower tone, so its weight is negative and the others' are near nothing."""
    weights = learn(pauses(900, 1), "test").features
    assert weights["tone"].weight < -0.5
    assert all(abs(each.weight) < 0.25 for name, each in weights.items() if name != "tone")


def test_few_pauses_give_small_weights() -> None:
    """What a handful of pauses suggests is believed but little."""
    few, many = (abs(learn(pauses(count, 2), "").features["tone"].weight) for count in (12, 900))
    assert few < many / 3


def test_the_rarer_kind_counts_as_much() -> None:
    """A typical pause is scored about one half, though two of three pauses are inside turns."""
    found = learn(pauses(900, 3, lean=0.0), "")
    assert found.score(dict.fromkeys(NAMES, 0.0)) == pytest.approx(0.5, abs=0.05)


def test_pauses_of_one_kind_teach_nothing() -> None:
    """Without ends, or without other pauses, there is nothing to tell apart."""
    with pytest.raises(ValueError, match="both needed"):
        learn([each for each in pauses(30, 4) if each.over], "")


def test_a_feature_that_never_changes_is_no_error() -> None:
    """Its spread is taken for 1."""
    same = [Pause(each.features | {"tone": 3.0}, each.over, 0.5, "a") for each in pauses(60, 5)]
    assert learn(same, "").features["tone"].weight == 0


def test_a_group_is_scored_by_the_others() -> None:
    """A group in which ends lean the other way is scored wrongly: it taught nothing."""
    odd = pauses(300, 6, "odd", lean=-2.0)
    every = [*pauses(300, 7, "even"), *odd]
    scores = left_out(every, lambda each: each.source)
    ends, others = (
        [s for s, each in zip(scores, every, strict=True) if each.over is over and each.source == "odd"]
        for over in (True, False)
    )
    assert np.mean(ends) < np.mean(others)
