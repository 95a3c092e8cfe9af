"""Voices made for the tests of prosody."""

from __future__ import annotations

import numpy as np

from pipeline import audio


def glide(start: float, end: float, seconds: float, fade: float = 0.0, level: float = 4000.0) -> bytes:
    """PCM of a voice, its harmonics from 300 to 3400 Hz, whose pitch goes from one to another and fades by some dB."""
    count = round(seconds * audio.RATE)
    pitch = np.geomspace(start, end, count)
    phase = 2 * np.pi * np.cumsum(pitch) / audio.RATE
    sound = np.zeros(count)
    for harmonic in range(1, 60):
        sound += np.where((pitch * harmonic > 300) & (pitch * harmonic < 3400), np.sin(harmonic * phase) / harmonic, 0)
    loudness = level * 10 ** (np.linspace(0, -fade, count) / 20)
    return bytes((sound / np.sqrt(np.mean(sound**2)) * loudness).clip(-32768, 32767).astype("<i2"))


def pause(seconds: float = 0.2) -> bytes:
    """PCM of a quiet line."""
    return bytes(2 * round(seconds * audio.RATE))
