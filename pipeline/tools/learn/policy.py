"""The silence that ends a turn by the settings of `end_of_utterance`, and its outcome on labelled pauses."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from pathlib import Path

import msgspec
import numpy as np

from pipeline import audio
from pipeline.prosody.patience import PHRASE, asked
from pipeline.prosody.sound import Floats
from pipeline.tools.learn.fit import Pause

SOON = (0.2, 0.24, 0.3, 0.36, 0.4, 0.5)  # seconds: what is tried
PATIENCE = (0.8, 1.0, 1.2, 1.4, 1.6, 2.0, 2.5, 3.0)


class Bounds(msgspec.Struct, frozen=True):
    """The settings of `end_of_utterance` that say how long a silence ends a turn, in seconds, and if the voice does."""

    prosody: bool = False
    weights: Path | None = None
    min_silence: float = 0.48
    early: float = 0.2
    soon: float = 0.4
    patience: float = 2.0
    hangover: float = 0.14
    short: float = 0.0
    short_by: float = 0.0
    short_floor: float = 0.0
    pre_roll: float = 0.2

    def silences(self, pauses: Sequence[Pause], scores: Sequence[float]) -> Floats:
        """Return the seconds of silence that each pause would need to be the end of its turn."""
        said = np.exp([each.features["said"] for each in pauses])
        least = max(self.short_floor, self.min_silence - self.short_by, self.hangover)
        silent = np.where(said + self.pre_roll > self.short, max(self.min_silence, self.hangover), least)
        if not self.prosody:
            return _on_grid(silent)
        return _on_grid(np.where(said >= PHRASE, asked(np.array(scores), self), silent))


class Outcome(msgspec.Struct, frozen=True):
    """The share of pauses inside turns that are taken for ends, and the mean seconds of silence that ends need."""

    cut: float
    delay: float


def outcome(pauses: Sequence[Pause], needed: Floats) -> Outcome:
    """Return the outcome of pauses of both kinds, of which each needs so many seconds of silence to end its turn."""
    over, seconds = np.array([each.over for each in pauses]), np.array([each.seconds for each in pauses])
    cut = (seconds >= needed - audio.FUZZ)[~over].mean()
    return Outcome(round(float(cut), 4), round(float(needed[over].mean()), 4))


def chosen(pauses: Sequence[Pause], scores: Sequence[float], now: Bounds, delay: float) -> Bounds:
    """Return the settings that cut the fewest pauses at a mean delay of at most this, or that have the least delay."""
    soon = [it for it in SOON if now.early <= it <= now.min_silence] or [max(now.early, now.min_silence)]
    pairs = product(soon, (it for it in PATIENCE if it > now.min_silence))
    tried = [msgspec.structs.replace(now, prosody=True, soon=least, patience=most) for least, most in pairs]
    found = [(each, outcome(pauses, each.silences(pauses, scores))) for each in tried]
    quick = [pair for pair in found if pair[1].delay <= delay + audio.FUZZ]
    best = min(quick, key=lambda pair: (pair[1].cut, pair[1].delay), default=None)
    return (best or min(found, key=lambda pair: pair[1].delay))[0]


def _on_grid(seconds: Floats) -> Floats:
    """Return the least number of whole frames that last at least this long, in seconds."""
    return np.asarray(np.ceil(np.round(seconds / audio.FRAME_SECONDS, 6)) * audio.FRAME_SECONDS)
