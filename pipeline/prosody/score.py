"""Score a pause: the probability that the caller has finished, by weights learned from labelled pauses."""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from pipeline.faults import KavError
from pipeline.file_stamps import Stamp, stamp
from pipeline.prosody.features import NAMES, features, pitch_range
from pipeline.prosody.sound import NOTHING, analyse

FILE = Path(__file__).with_name("weights.json")
HEARD = 1000  # frames, 10 s, of the caller's latest speech that a pause is compared with
ANALYSED = 24000  # bytes, 1.5 s, of the sound before a pause at most: a decision takes 3 ms
FAR = 2.0  # spreads from the median beyond which a feature counts no further
SURE = 20.0  # logarithm of the odds beyond which a score is as good as 0 or 1
MONOTONE = 4.0  # semitones: a voice of a smaller range, such as a machine's or a tone, tells nothing


class Weight(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The use of one feature: its median and spread (75th less 25th percentile) when learned, and its weight."""

    median: float
    spread: Annotated[float, Meta(gt=0)]
    weight: float


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Weights by the name of their feature, and the bias; `learned_from` tells their source."""

    learned_from: str
    bias: float
    features: dict[str, Weight]

    def score(self, values: dict[str, float]) -> float:
        """Return the probability, 0 to 1, that a pause with these features ends the turn."""
        odds = self.bias + sum(self._share(name, values[name]) for name in self.features)
        return 1 / (1 + math.exp(-min(max(odds, -SURE), SURE)))

    def _share(self, name: str, value: float) -> float:
        it = self.features[name]
        return it.weight * min(max((value - it.median) / it.spread, -FAR), FAR)


def read_weights(path: Path = FILE) -> Weights:
    """Read a file of weights, once as long as it stays the same.

    Raises KavError, with the file and the fault, if it is none.
    """
    return _read(path, stamp(path))


@lru_cache(maxsize=16)
def _read(path: Path, _: Stamp) -> Weights:
    try:
        weights = msgspec.json.decode(path.read_bytes(), type=Weights)
    except OSError as error:
        raise KavError(f"{path}: cannot be read: {error.strerror or error}") from None
    except msgspec.DecodeError as error:
        raise KavError(f"{path}: is no file of prosody weights: {error}") from None
    if unknown := sorted(set(weights.features) - set(NAMES)):
        raise KavError(f"{path}: has weights for {', '.join(unknown)}; the features are {', '.join(NAMES)}")
    return weights


class Prosody:
    """Scores the pauses of one caller, whose speech so far it compares them with."""

    def __init__(self, weights: Weights | None = None) -> None:
        self.weights = weights or read_weights()
        self._heard = NOTHING

    def score(self, pcm: bytes, said: float) -> float | None:
        """Return the probability, 0 to 1, that a pause ends the caller's turn; None if the voice tells nothing.

        `pcm` is the turn's sound since its start or the last call, 16-bit at 8 kHz, with 0.1 s of the pause or more;
        `said` is the seconds of the turn so far, without the pause.
        """
        values = self.features(pcm, said)
        if values is None or pitch_range(self._heard) < MONOTONE:
            return None
        return self.weights.score(values)

    def features(self, pcm: bytes, said: float) -> dict[str, float] | None:
        """Take the sound as the caller's, and return the features of its end; None after too little speech."""
        self._heard = self._heard.followed_by(analyse(pcm[-ANALYSED:]), HEARD)
        return features(self._heard, said)
