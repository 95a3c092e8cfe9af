"""Measure how well a score tells the pause that ends a turn from the others."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from pipeline.prosody.sound import Floats
from pipeline.tools.learn.fit import Pause, log_odds

SOON = (0.2, 0.3, 0.4, 0.5, 0.6)  # seconds of silence: the least that a policy asks for
PATIENCE = (1.2, 1.6, 2.0, 2.5, 3.0)  # and the most
STEEP = (0.1, 0.2, 0.3, 0.45, 0.6, 0.9, 1.3, 2.0)  # seconds for a unit of the score's log-odds
MIDDLE = np.linspace(-4, 3, 71)  # log-odds at which half way between them is asked for


def auc(pauses: Sequence[Pause], scores: Sequence[float]) -> float:
    """Return the share of pairs of an end and another pause of which the end scores higher; 0.5 is chance."""
    return area(np.array([each.over for each in pauses]), np.array(scores))


def area(over: NDArray[np.bool_], scores: Floats) -> float:
    """Return the same of arrays. Pauses of both kinds are needed."""
    ends, others = scores[over], np.sort(scores[~over])
    lower, upper = (np.searchsorted(others, ends, side) for side in ("left", "right"))
    return float(np.mean(lower + upper) / 2 / len(others))


def curve(pauses: Sequence[Pause], scores: Sequence[float]) -> list[tuple[float, float]]:
    """Return (mean delay in seconds, share of pauses cut) of every policy that turns a score into patience."""
    over, seconds = np.array([each.over for each in pauses]), np.array([each.seconds for each in pauses])
    away = log_odds(scores) - MIDDLE[:, None]
    found: list[tuple[float, float]] = []
    for soon, patience, steep in product(SOON, PATIENCE, STEEP):
        needed = np.clip((soon + patience) / 2 - steep * away, soon, patience)
        found += _points(needed, over, seconds)
    return found


def silence_curve(pauses: Sequence[Pause]) -> list[tuple[float, float]]:
    """Return the same of silences of one length for every pause, 0.2 to 3 s."""
    over, seconds = np.array([each.over for each in pauses]), np.array([each.seconds for each in pauses])
    return _points(np.repeat(np.arange(0.2, 3.0, 0.02)[:, None], len(over), axis=1), over, seconds)


def cut_at(points: Sequence[tuple[float, float]], delay: float) -> float:
    """Return the least share of pauses cut at a mean delay of at most this."""
    return min(cut for mean, cut in points if mean <= delay)


def delay_at(points: Sequence[tuple[float, float]], cut: float) -> float:
    """Return the least mean delay at which at most this share of the pauses is cut."""
    return min(mean for mean, share in points if share <= cut + 1e-9)


def _points(needed: Floats, over: NDArray[np.bool_], seconds: Floats) -> list[tuple[float, float]]:
    """Return the points of policies, a row each, by the silence that each pause needs."""
    delays = needed[:, over].mean(axis=1)
    cuts = (seconds[~over] > needed[:, ~over]).mean(axis=1)
    return list(zip(delays.tolist(), cuts.tolist(), strict=True))
