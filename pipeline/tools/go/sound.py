"""Compare an agent's answers by their sound alone."""

from __future__ import annotations

import numpy as np

from pipeline import audio

Samples = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

PAUSE = 0.3  # seconds between two stretches of speech; less is a breath
START = 1.2  # seconds from the start of two answers that are compared
SHIFT = 320  # samples by which one may begin earlier or later: loudness gives the start only to a frame
ALIKE = 0.45  # correlation: one sentence, spoken twice by espeak-ng, has 0.56 or more; two sentences have 0.08
STEADY = 0.15  # deviation over mean of a tone's loudness at most; all tones are alike


def stretches(pcm: bytes) -> list[tuple[float, float]]:
    """Return the stretches of sound in 16-bit PCM as (start, end) in seconds; pauses under `PAUSE` are bridged."""
    found: list[tuple[float, float]] = []
    for number in range(len(pcm) // audio.FRAME_BYTES):
        if audio.is_voiced(pcm[number * audio.FRAME_BYTES : (number + 1) * audio.FRAME_BYTES]):
            at, end = number * audio.FRAME_SECONDS, (number + 1) * audio.FRAME_SECONDS
            start = found.pop()[0] if found and at - found[-1][1] < PAUSE else at
            found.append((start, end))
    return found


def between(track: bytes, start: float, end: float) -> bytes:
    """Return the part of a 16-bit PCM track between two times in seconds."""
    return track[2 * round(max(0.0, start) * audio.RATE) : 2 * round(max(0.0, end) * audio.RATE)]


def same_start(one: bytes, other: bytes) -> bool:
    """True if two answers begin with the same words in the same recording; always False for tones."""
    first, second = _start(one), _start(other)
    if len(first) < START * audio.RATE / 2 or len(second) < len(first):
        return False
    middle = first[SHIFT:-SHIFT]
    products = np.correlate(second, middle, "valid")
    lag = int(products.argmax())
    scale = float(np.linalg.norm(middle) * np.linalg.norm(second[lag : lag + len(middle)])) or 1.0
    return float(products[lag]) / scale > ALIKE and not _steady(first)


def _start(pcm: bytes) -> Samples:
    heard = stretches(pcm)
    start = heard[0][0] if heard else 0.0
    return np.frombuffer(between(pcm, start, start + START), "<i2").astype(np.float64)


def _steady(samples: Samples) -> bool:
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    loudness = np.sqrt((frames**2).mean(axis=1))[1:-1]
    return float(loudness.std()) < STEADY * float(loudness.mean())
