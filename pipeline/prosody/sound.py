"""Analyse speech on a telephone line: loudness, pitch and tone of every 10 ms."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pipeline import audio

Floats = NDArray[np.float64]

HOP = 80  # samples, 10 ms, from one frame to the next
WINDOW = 320  # samples, 40 ms: three periods of a deep voice
SIZE = 512  # of the Fourier transform: room for the window and the longest period
PERIODS = np.arange(20, 116)  # samples: pitches from 400 to 70 Hz
OCTAVE_COST = 0.05  # taken off the correlation for each octave, as a period of twice the length correlates as well

_TAPER = np.hanning(WINDOW + 2)[1:-1].astype(np.float64)
_OWN = np.fft.irfft(np.abs(np.fft.rfft(_TAPER, SIZE)) ** 2)  # correlation of the taper itself, divided out
_OWN = _OWN[PERIODS] / _OWN[0]
_COST = OCTAVE_COST * np.log2(PERIODS / PERIODS[0])


class Sound(NamedTuple):
    """Frames of 10 ms: loudness in dB, pitch in semitones over 100 Hz, tone 0 (noise) to about 1 (a steady vowel)."""

    loudness: Floats
    pitch: Floats
    tone: Floats

    def __len__(self) -> int:
        return len(self.loudness)

    def followed_by(self, other: Sound, most: int) -> Sound:
        """Return the last `most` frames of this sound and another after it."""
        return Sound(*(np.concatenate(pair)[-most:] for pair in zip(self, other, strict=True)))

    def part(self, frames: slice) -> Sound:
        """Return some of the frames."""
        return Sound(*(row[frames] for row in self))


NOTHING = Sound(*np.zeros((3, 0)))


def analyse(pcm: bytes) -> Sound:
    """Analyse 16-bit PCM at 8 kHz; sound of less than 40 ms has no frames.

    The pitch is the period at which the sound correlates best with itself, which a telephone line leaves as it is
    though it cuts the fundamental off. Source: Boersma, Accurate short-term analysis of the fundamental frequency,
    1993, whose division by the window's own correlation this takes.
    """
    samples = np.frombuffer(pcm, "<i2", len(pcm) // 2).astype(np.float64)
    if len(samples) < WINDOW:
        return NOTHING
    windows = sliding_window_view(samples, WINDOW)[::HOP]
    power = np.abs(np.fft.rfft((windows - windows.mean(axis=1, keepdims=True)) * _TAPER, SIZE)) ** 2
    correlation = np.fft.irfft(power)
    energy = correlation[:, 0]
    likeness = correlation[:, PERIODS] / _OWN / (energy[:, None] + 1e-3)
    best = np.argmax(likeness - _COST, axis=1)
    loudness = 10 * np.log10(energy / WINDOW + 1.0)
    pitch = 12 * np.log2(audio.RATE / 100 / (PERIODS[best] + _between(likeness, best)))
    return Sound(loudness, pitch, likeness[np.arange(len(best)), best])


def _between(likeness: Floats, best: NDArray[np.intp]) -> Floats:
    """Return the peaks' places between whole samples, -0.5 to 0.5, by a parabola through three points."""
    rows, inner = np.arange(len(best)), np.clip(best, 1, len(PERIODS) - 2)
    before, peak, after = (likeness[rows, inner + step] for step in (-1, 0, 1))
    bend = np.minimum(before - 2 * peak + after, -1e-9)
    return np.where(inner == best, np.clip((before - after) / bend / 2, -0.5, 0.5), 0.0)
