"""Measure how well a score tells the pause that ends a turn from the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.prosody.sound import Floats
from pipeline.tools.learn.fit import Pause

SOON = (0.2, 0.3, 0.4, 0.5, 0.6)  # seconds of silence: the least that a policy asks for
PATIENCE = (1.2, 1.6, 2.0, 2.5, 3.0)  # and the most
STEEP = (0.1, 0.2, 0.3, 0.45, 0.6, 0.9, 1.3, 2.0)  # seconds for a unit of the score's log-odds
MIDDLE = np.linspace(-4, 3, 71)  # log-odds at which half way between them is asked for


def auc(pauses: Sequence[Pause], scores: Sequence[float]) -> float:
    """Return the share of pairs of an end and another pause of which the end scores higher; 0.5 is chance."""
    over, score = np.array([each.over for each in pauses]), np.array(scores)
    ends, others = score[over][:, None], score[~over]
    return float(np.mean((ends > others) + 0.5 * (ends == others)))


def curve(pauses: Sequence[Pause], scores: Sequence[float]) -> list[tuple[float, float]]:
    """Return (mean delay in seconds, share of pauses cut) of every policy that turns a score into patience."""
    over, seconds = np.array([each.over for each in pauses]), np.array([each.seconds for each in pauses])
    score = np.clip(np.array(scores), 1e-9, 1 - 1e-9)
    odds = np.log(score / (1 - score))
    policies = ((s, p, b, m) for s in SOON for p in PATIENCE for b in STEEP for m in MIDDLE)
    return [_point(np.clip((s + p) / 2 - b * (odds - m), s, p), over, seconds) for s, p, b, m in policies]


def silence_curve(pauses: Sequence[Pause]) -> list[tuple[float, float]]:
    """Return the same of silences of one length for every pause, 0.2 to 3 s."""
    over, seconds = np.array([each.over for each in pauses]), np.array([each.seconds for each in pauses])
    return [_point(np.full(len(over), length), over, seconds) for length in np.arange(0.2, 3.0, 0.02)]


def cut_at(points: Sequence[tuple[float, float]], delay: float) -> float:
    """Return the least share of pauses cut at a mean delay of at most this."""
    return min(cut for mean, cut in points if mean <= delay)


def delay_at(points: Sequence[tuple[float, float]], cut: float) -> float:
    """Return the least mean delay at which at most this share of the pauses is cut."""
    return min(mean for mean, share in points if share <= cut + 1e-9)


def _point(needed: Floats, over: Floats, seconds: Floats) -> tuple[float, float]:
    ends = over.astype(bool)
    return float(needed[ends].mean()), float((seconds > needed)[~ends].mean())
