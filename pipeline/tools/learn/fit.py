"""Learn the weights of the prosody score from labelled pauses, by logistic regression."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import msgspec
import numpy as np

from pipeline.prosody.features import NAMES
from pipeline.prosody.score import FAR, Weight, Weights
from pipeline.prosody.sound import Floats

PENALTY = 60.0  # on the squares of the weights: holds them small where the pauses are few
LOOSE = 1.0  # the same for the one slope of a calibration, which few pauses are enough for
STEPS = 30  # of Newton's method at most
CLOSE = 1e-6  # change of a weight that ends it

PROSODY = tuple(name for name in NAMES if name != "said")


class Pause(msgspec.Struct, frozen=True):
    """A pause: its features, true if the turn was over, its seconds, and its source (caller, call, language)."""

    features: dict[str, float]
    over: bool
    seconds: float
    source: str


def learn(pauses: Sequence[Pause], learned_from: str, names: Sequence[str] = PROSODY) -> Weights:
    """Return the weights that tell ends from other pauses best; both kinds count alike, however many there are.

    Raises ValueError without pauses of both kinds.
    """
    over = np.array([each.over for each in pauses], np.float64)
    if len(set(over)) < 2:
        raise ValueError("pauses inside turns and at their ends are both needed")
    values = np.array([[each.features[name] for name in names] for each in pauses])
    low, median, high = np.percentile(values, (25, 50, 75), axis=0)
    spread = np.where(high > low, high - low, 1.0)
    *weights, bias = _regression(np.clip((values - median) / spread, -FAR, FAR), over, PENALTY)
    columns = zip(names, median, spread, weights, strict=True)
    features = {name: Weight(*(round(float(it), 4) for it in numbers)) for name, *numbers in columns}
    return Weights(learned_from, round(float(bias), 4), features)


class Calibration(msgspec.Struct, frozen=True):
    """A line from log-odds to log-odds, which makes scores the probabilities that they say.

    Weights that are held small, as the pauses are few, put the pauses in the right order and all near one half.
    """

    slope: float
    shift: float

    @classmethod
    def of(cls, pauses: Sequence[Pause], scores: Sequence[float]) -> Calibration:
        """Fit the line to pauses that were left out of learning; both kinds count alike."""
        over = np.array([each.over for each in pauses], np.float64)
        slope, shift = _regression(log_odds(scores)[:, None], over, LOOSE)
        return cls(max(float(slope), 0.0), float(shift))

    def scores(self, scores: Sequence[float]) -> list[float]:
        """Return the calibrated scores."""
        calibrated: list[float] = (1 / (1 + np.exp(-(self.slope * log_odds(scores) + self.shift)))).tolist()
        return calibrated

    def weights(self, weights: Weights) -> Weights:
        """Return the weights whose scores are calibrated."""
        features = {
            name: msgspec.structs.replace(each, weight=round(each.weight * self.slope, 4))
            for name, each in weights.features.items()
        }
        bias = round(weights.bias * self.slope + self.shift, 4)
        return msgspec.structs.replace(weights, bias=bias, features=features)


def log_odds(scores: Sequence[float]) -> Floats:
    """Return the logarithms of the odds of scores."""
    score = np.clip(np.array(scores), 1e-9, 1 - 1e-9)
    return np.asarray(np.log(score / (1 - score)))


def _regression(values: Floats, over: Floats, hold: float) -> Floats:
    """Return the weights, the bias last, by Newton's method; `hold` is the penalty on their squares."""
    columns = np.column_stack((values, np.ones(len(values))))
    balance = np.where(over == 1, 0.5 / over.mean(), 0.5 / (1 - over.mean()))
    penalty = np.diag([hold] * values.shape[1] + [0.0])
    weights = np.zeros(columns.shape[1])
    for _ in range(STEPS):
        likely = 1 / (1 + np.exp(-(columns @ weights)))
        slope = columns.T @ (balance * (likely - over)) + penalty @ weights
        bend = (columns.T * (balance * likely * (1 - likely))) @ columns + penalty
        change = np.linalg.solve(bend, slope)
        weights -= change
        if np.abs(change).max() < CLOSE:
            break
    return weights


def left_out(
    pauses: Sequence[Pause], group: Callable[[Pause], Hashable], names: Sequence[str] = PROSODY
) -> list[float]:
    """Score each pause by weights learned without its group: its speaker, or its language.

    Raises ValueError if the other groups have no pauses of both kinds.
    """
    groups = {key: [each for each in pauses if group(each) != key] for key in dict.fromkeys(map(group, pauses))}
    learned = {key: learn(rest, "", names) for key, rest in groups.items()}
    return [learned[group(each)].score(each.features) for each in pauses]
