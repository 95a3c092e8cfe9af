"""Patience: the silence that ends a turn, by the caller's voice and words before it."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from pipeline import audio
from pipeline.prosody.score import Prosody
from pipeline.prosody.sound import Floats

EVEN = 0.67  # score at which a pause has to be as long as `min_silence`: cutting a caller off is worse than waiting
STEEP = 1.5  # power of the odds by which it has to be longer at a lower score, and may be shorter at a higher
PHRASE = 0.6  # seconds of speech, below which the voice tells nothing: a word alone begins and ends alike
HEARD = 75  # frames, 1.5 s, before a pause that the score looks at


class Bounds(Protocol):
    """The settings of patience, in seconds."""

    @property
    def min_silence(self) -> float:
        """The silence that ends a turn of which the voice tells nothing."""

    @property
    def soon(self) -> float:
        """The least silence that ends a turn."""

    @property
    def patience(self) -> float:
        """The longest that a turn needs."""


class Patience:
    """The silence that the turn under way needs to be over, found once a pause.

    `score` is the probability that it is over, of the last pause; `silence` is the seconds that end it. Both are None
    if the voice tells nothing.
    """

    def __init__(self, bounds: Bounds, prosody: Prosody) -> None:
        self.bounds, self.prosody = bounds, prosody
        self.score: float | None = None
        self.silence: float | None = None
        self._seen = 0  # frames of the turn that the score has had

    def begin(self) -> None:
        """Begin another turn."""
        self._seen = 0

    def judge(self, pcm: list[bytes], spoken: float) -> None:
        """Judge the pause at the end of a turn's sound, in frames; `spoken` is the seconds of the turn before it."""
        recent = pcm[max(self._seen, len(pcm) - HEARD) :]
        self._seen = len(pcm)
        score = self.prosody.score(b"".join(recent), spoken)
        self.score = score if spoken >= PHRASE else None
        self.silence = None if self.score is None else float(asked(self.score, self.bounds))


def asked(score: Floats | float, bounds: Bounds) -> Floats:
    """Return the seconds of silence that scores ask for, between `soon` and `patience`."""
    odds = (1 - np.asarray(score)) * EVEN / np.maximum(np.asarray(score) * (1 - EVEN), audio.FUZZ)
    most = max(bounds.patience, bounds.min_silence)
    return np.asarray(np.clip(bounds.min_silence * odds**STEEP, bounds.soon, most))
