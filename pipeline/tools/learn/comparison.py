"""Compare weights that are learned from a deployment's calls with those in use, on calls left out of learning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from pipeline import audio
from pipeline.prosody.features import NAMES
from pipeline.prosody.score import Weights
from pipeline.prosody.sound import Floats
from pipeline.tools.learn.fit import PROSODY, Calibration, Pause, learn, left_out
from pipeline.tools.learn.measure import area, auc, curve, cut_at, delay_at, silence_curve
from pipeline.tools.learn.policy import Bounds, Outcome, chosen, outcome

FOLDS = 10  # parts of the calls, each scored by weights that are learned from the others
AMOUNT = 0.01  # of AUC that the amount said has to add, to be used
DRAWS, SURE = 200, 0.9  # redraws of the calls, and the share in which the learned weights have to be better


class Row(msgspec.Struct, frozen=True):
    """How well a score tells the ends: AUC, the share cut at the delay of reference, the delay at the cut of it."""

    name: str
    auc: float
    cut: float
    delay: float


class Comparison(msgspec.Struct, frozen=True):
    """The figures of a run.

    `at` is the mean delay at which the rows' pauses are cut, and the share for their delays. `now` is the outcome of
    the settings of today, `then` that of settings chosen for calls left out; `bounds` are the settings to choose, and
    go with `learned` if those weights are better, or else with the weights in use. `sure` is the share of redraws of
    the calls in which the learned weights are the better ones.
    """

    at: Outcome
    rows: tuple[Row, ...]
    now: Outcome
    then: Outcome
    bounds: Bounds
    learned: Weights
    sure: float

    @property
    def is_better(self) -> bool:
        """True if the learned weights are better than those in use, and not by chance."""
        return self.sure >= SURE

    @property
    def helps(self) -> bool:
        """True if fewer pauses are cut with `bounds` than today, at no more delay."""
        return self.then.cut < self.now.cut and self.then.delay <= self.now.delay + audio.FRAME_SECONDS


def compare(pauses: Sequence[Pause], weights: Weights, now: Bounds, learned_from: str) -> Comparison:
    """Compare weights learned from these pauses with those in use.

    Raises ValueError if the pauses of one kind are all in one part of the calls.
    """
    fold = folds(pauses)
    names, scores = _scores(pauses, fold)
    before = [weights.score(each.features) for each in pauses]
    today = now.silences(pauses, before)
    is_now, sure = outcome(pauses, today), _sure(pauses, before, scores)
    better = scores if sure >= SURE else None
    line = Calibration.of(pauses, scores)
    return Comparison(
        *_rows(pauses, before, scores, is_now.delay),
        is_now,
        outcome(pauses, _left_out_silences(pauses, better or before, fold, now, today, bool(better))),
        chosen(pauses, line.scores(scores) if better else before, now, is_now.delay),
        line.weights(learn(pauses, learned_from, names)),
        sure,
    )


def folds(pauses: Iterable[Pause]) -> dict[str, int]:
    """Return the part of each call: the calls with the most pauses are spread over all parts."""
    counts = Counter(each.source for each in pauses)
    order = sorted(counts, key=lambda it: (-counts[it], it))
    return {source: place % FOLDS for place, source in enumerate(order)}


def _scores(pauses: Sequence[Pause], fold: dict[str, int]) -> tuple[tuple[str, ...], list[float]]:
    """Return the features to use, the amount said if it helps, and each pause's score by the other parts' weights."""
    plain, more = (left_out(pauses, lambda it: fold[it.source], names) for names in (PROSODY, NAMES))
    return (NAMES, more) if auc(pauses, more) > auc(pauses, plain) + AMOUNT else (PROSODY, plain)


def _rows(
    pauses: Sequence[Pause], before: Sequence[float], scores: Sequence[float], delay: float
) -> tuple[Outcome, tuple[Row, ...]]:
    now = curve(pauses, before)
    at = Outcome(cut_at(now, delay), delay)
    rows = (
        ("silence alone", 0.5, silence_curve(pauses)),
        ("weights in use", auc(pauses, before), now),
        ("learned, calls left out", auc(pauses, scores), curve(pauses, scores)),
    )
    return at, tuple(Row(name, area, cut_at(found, delay), delay_at(found, at.cut)) for name, area, found in rows)


def _left_out_silences(
    pauses: Sequence[Pause], scores: Sequence[float], fold: dict[str, int], now: Bounds, today: Floats, learned: bool
) -> Floats:
    """Return the silence that each pause needs by settings chosen on the other parts, to be no slower there than now.

    Scores by `learned` weights are calibrated on the other parts, too.
    """
    part, needed = np.array([fold[each.source] for each in pauses]), np.zeros(len(pauses))
    for number in set(part.tolist()):
        rest, own = (np.flatnonzero(mask).tolist() for mask in (part != number, part == number))
        known, left = [pauses[at] for at in rest], [pauses[at] for at in own]
        known_scores, left_scores = [scores[at] for at in rest], [scores[at] for at in own]
        if learned:
            line = Calibration.of(known, known_scores)
            known_scores, left_scores = line.scores(known_scores), line.scores(left_scores)
        bounds = chosen(known, known_scores, now, outcome(known, today[rest]).delay)
        needed[own] = bounds.silences(left, left_scores)
    return needed


def _sure(pauses: Sequence[Pause], before: Sequence[float], scores: Sequence[float]) -> float:
    """Return the share of redraws of the calls, with repetition, in which the second scores have the higher AUC."""
    calls: dict[str, list[int]] = {}
    for place, each in enumerate(pauses):
        calls.setdefault(each.source, []).append(place)
    groups, random = [np.array(it) for it in calls.values()], np.random.default_rng(1)
    over, one, other = np.array([each.over for each in pauses]), np.array(before), np.array(scores)
    better: list[bool] = []
    for _ in range(DRAWS):
        at = np.concatenate([groups[number] for number in random.integers(0, len(groups), len(groups))])
        if over[at].any() and not over[at].all():
            better.append(area(over[at], other[at]) > area(over[at], one[at]))
    return sum(better) / max(len(better), 1)
