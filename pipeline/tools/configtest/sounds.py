"""Synthetic sounds of a test's caller: speech without words, and noise, the same every time."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from pipeline import audio

LOUD = 9000  # the peak of a voice that is near, in 16-bit samples
NOISE = 1500  # the RMS of a street
LETTER = 0.06  # seconds that a letter takes to say
LEAST, MOST = 0.4, 60.0  # seconds that any words take
VOWELS = ((730, 1090, 2440), (270, 2290, 3010), (570, 840, 2410), (530, 1840, 2480))  # formants, Hz
SYLLABLE = 0.18  # seconds
BANDS = ((1.0, 80), (0.6, 110), (0.25, 170))  # loudness of each formant, and its width in Hz


@lru_cache(256)
def speech(length: float, number: int = 0) -> bytes:
    """Return a voice of so many seconds, one vowel after another, as PCM; `number` sets one of 12 pitches.

    Loudness and Silero's model both take it for speech. Source of the formants: Peterson and Barney, 1952.
    """
    at = np.arange(round(length * audio.RATE)) / audio.RATE
    pitch = (132 + 3 * (number % 12)) * (1 + 0.08 * np.sin(2 * math.pi * 2.3 * at))
    phase = 2 * math.pi * np.cumsum(pitch) / audio.RATE
    vowel = np.array(VOWELS)[(at / SYLLABLE).astype(int) % len(VOWELS)]
    sound = np.zeros(len(at))
    for harmonic in range(1, 28):
        heights = [height / (1 + ((harmonic * pitch - vowel[:, n]) / width) ** 2) for n, (height, width) in _BANDS]
        audible = (harmonic * pitch < audio.RATE / 2) / harmonic**0.4
        sound += sum(heights) * audible * np.sin(harmonic * phase)
    edge = np.minimum(np.arange(len(at)), np.arange(len(at))[::-1]) / (0.005 * audio.RATE)
    loudest = max(float(np.abs(sound).max(initial=0.0)), 1e-9)
    return bytes((sound / loudest * LOUD * np.minimum(1.0, edge)).astype("<i2"))


_BANDS = tuple(enumerate(BANDS))


def words(text: str, number: int = 0) -> bytes:
    """Return speech as long as these words take, by their letters."""
    return speech(min(max(LEAST, round(LETTER * len(text), 2)), MOST), number)


@lru_cache(64)
def noise(length: float, number: int = 0) -> bytes:
    """Return white noise of so many seconds, as PCM."""
    made = np.random.default_rng(number).normal(0, NOISE, round(length * audio.RATE))
    return bytes(np.clip(made, -32768, 32767).astype("<i2"))
