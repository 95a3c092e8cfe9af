"""The echo of a telephone line: the agent's own sound, later and weaker, also through a room or a poor codec."""

from __future__ import annotations

import msgspec
import numpy as np

from benchmarks.turns.clips import Samples
from benchmarks.turns.sounds import BAND, generator, level, shaped
from pipeline import audio

ROOM = 0.04  # seconds in which a room's echo dies away
SLOPE = 6.0  # dB an octave by which speech becomes weaker, about
ORDER = 8  # coefficients of the codec's filter
STEPS = 3  # of how many samples of the residual one is kept
CLIP = 0.35  # of a frame's loudest sample: the clipped path's limit


class Echo(msgspec.Struct, frozen=True):
    """A path from the agent's sound to the caller's line; `through` is blank, room, codec or clipping."""

    decibels: float  # below the agent's sound
    delay: float  # seconds
    through: str = ""


class EchoPath:
    """Applies an echo to the sound that the caller hears."""

    def __init__(self, echo: Echo, seed: str) -> None:
        self.echo, self.delay = echo, round(echo.delay * audio.RATE)
        self.taps = _room(seed) if echo.through == "room" else np.ones(1)
        self.gain = 10 ** (-abs(echo.decibels) / 20)

    def frame(self, heard: Samples, begin: int) -> Samples:
        """Return the echo in the 20 ms that begin at a sample, of all that was heard."""
        first = begin - self.delay - len(self.taps) + 1
        last = begin - self.delay + audio.FRAME_SAMPLES
        piece = np.concatenate((np.zeros(max(0, -first)), heard[max(0, first) : max(0, last)]))
        if not piece.any():
            return np.zeros(audio.FRAME_SAMPLES, np.float32)
        through = np.convolve(piece, self.taps, "valid")
        if self.echo.through == "codec":
            through = coded(coded(through))
        elif self.echo.through == "clipping":
            through = _clipped(through)
        return np.asarray(self.gain * through, np.float32)


def _room(seed: str) -> Samples:
    """Make the response of a room: random, dying away within 40 ms, with no change of the loudness of speech."""
    random, count = generator("room", seed), round(ROOM * audio.RATE)
    taps = random.standard_normal(count) * np.exp(-5 * np.arange(count) / count)
    taps[0] = 1.5
    speech = shaped(generator("speech"), 1.0, *BAND, SLOPE)
    return np.asarray(taps * 10 ** ((level(speech) - level(np.convolve(speech, taps, "same"))) / 20), np.float32)


def _clipped(frame: Samples) -> Samples:
    limit = CLIP * float(np.abs(frame).max())
    return _as_loud(np.clip(frame, -limit, limit), frame)


def _as_loud(made: Samples, as_this: Samples) -> Samples:
    loud = float(np.sqrt((made**2).mean()))
    return made if loud < 1 else made * min(4.0, float(np.sqrt((as_this**2).mean())) / loud)


def coded(frame: Samples) -> Samples:
    """Return 20 ms as a mobile codec leaves them: a filter of eight coefficients, and every third of the residual.

    Source: the principle of GSM 06.10 (regular pulse excitation, three bits a pulse), without its long-term prediction.
    """
    filter_ = _predictor(frame)
    residual = np.convolve(frame, filter_)[: len(frame)]
    kept = np.zeros(len(frame))
    for at in range(0, len(frame), 40):
        block = residual[at : at + 40]
        phase = max(range(STEPS), key=lambda it: float((block[it::STEPS] ** 2).sum()))
        pulses = block[phase::STEPS]
        top = float(np.abs(pulses).max()) or 1.0
        kept[at + phase : at + len(block) : STEPS] = np.round(pulses / top * 3.5 - 0.5) / 3.5 * top + top / 7
    return _as_loud(_filtered(kept, filter_), frame)


def _predictor(frame: Samples) -> Samples:
    """Return the filter that leaves of a frame the least (Levinson and Durbin)."""
    size = len(frame)
    lags = np.array([float(frame[: size - lag] @ frame[lag:]) for lag in range(ORDER + 1)])
    lags[0] = lags[0] * 1.001 + 1.0
    filter_, error = np.zeros(ORDER + 1), lags[0]
    filter_[0] = 1.0
    for order in range(1, ORDER + 1):
        mirror = -float(filter_[:order] @ lags[order:0:-1]) / error
        filter_[: order + 1] = filter_[: order + 1] + mirror * filter_[order::-1]
        error *= 1 - mirror * mirror
    return np.round(filter_ * 32) / 32 if _is_stable(np.round(filter_ * 32) / 32) else filter_


def _is_stable(filter_: Samples) -> bool:
    return bool(np.abs(np.roots(filter_)).max(initial=0.0) < 0.99)


def _filtered(pulses: Samples, filter_: Samples) -> Samples:
    """Return the sound that these pulses make in the filter."""
    made, weights = np.zeros(len(pulses) + ORDER), filter_[:0:-1].copy()
    for at, pulse in enumerate(pulses):
        made[at + ORDER] = pulse - float(weights @ made[at : at + ORDER])
    return made[ORDER:]
