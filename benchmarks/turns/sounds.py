"""Synthetic sound, seeded: noises of the line and of a room, coughs, breaths, clicks, bursts, and the tones of keys."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np

from benchmarks.turns.clips import Samples
from pipeline import audio

FULL = 32768.0
SPEECH = -26.0  # dBFS RMS of a caller's active speech, and of the agent's
LINE = -62.0  # dBFS RMS of a quiet line's noise
BAND = (300.0, 3400.0)  # Hz
KEYS = {
    key: (low, high)
    for low, row in zip((697, 770, 852, 941), ("123A", "456B", "789C", "*0#D"), strict=True)
    for high, key in zip((1209, 1336, 1477, 1633), row, strict=True)
}  # ITU-T Q.23


def generator(*seed: object) -> np.random.Generator:
    """Return a generator of random numbers that depends on the seed's text alone."""
    return np.random.default_rng(crc32(" ".join(map(str, seed)).encode()))


def level(sound: Samples) -> float:
    """Return the loudness in dBFS RMS."""
    return float(20 * np.log10(max(1.0, float(np.sqrt((sound.astype(float) ** 2).mean()))) / FULL))


def at_level(sound: Samples, decibels: float) -> Samples:
    """Return the sound at a loudness in dBFS RMS."""
    return (sound * 10 ** ((decibels - level(sound)) / 20)).astype(np.float32)


def louder(sound: Samples, decibels: float) -> Samples:
    """Return the sound, louder by so many decibels."""
    return (sound * 10 ** (decibels / 20)).astype(np.float32)


def faded_in(sound: Samples, seconds: float) -> Samples:
    """Return a sound that comes up to its loudness within so many seconds."""
    return np.asarray(sound * np.minimum(1.0, np.arange(len(sound)) / (seconds * audio.RATE)), np.float32)


def shaped(random: np.random.Generator, seconds: float, low: float, high: float, slope: float = 0.0) -> Samples:
    """Make noise between two frequencies in Hz, falling by `slope` dB an octave above `low`."""
    count = round(seconds * audio.RATE)
    spectrum = np.fft.rfft(random.standard_normal(count))
    pitch = np.fft.rfftfreq(count, 1 / audio.RATE)
    weight = ((pitch >= low) & (pitch <= high)).astype(float)
    weight *= 10 ** (-slope * np.log2(np.maximum(pitch, low) / low) / 20)
    return np.asarray(1000 * np.fft.irfft(spectrum * weight, count), np.float32)


def white(seconds: float, *seed: object) -> Samples:
    """Make the noise of a poor line, equally loud at all pitches."""
    return shaped(generator("white", *seed), seconds, *BAND)


def road(seconds: float, *seed: object) -> Samples:
    """Make the noise of a road: low, and slowly swelling."""
    random = generator("road", *seed)
    noise = shaped(random, seconds, BAND[0], BAND[1], 9.0)
    swell = np.interp(np.arange(len(noise)) / audio.RATE, np.arange(0, seconds + 2, 1.5), _swells(random, seconds))
    return (noise * 10 ** (swell / 20)).astype(np.float32)


def _swells(random: np.random.Generator, seconds: float) -> Samples:
    return random.uniform(-4, 4, len(np.arange(0, seconds + 2, 1.5))).astype(np.float32)


def babble(voices: Sequence[Samples], seconds: float, *seed: object, talkers: int = 8) -> Samples:
    """Make many voices that talk at the same time, out of these clips of speech."""
    random, count = generator("babble", *seed), round(seconds * audio.RATE)
    mixed = np.zeros(count, np.float32)
    for _ in range(talkers):
        track, at = np.zeros(count, np.float32), -int(random.integers(0, audio.RATE))
        while at < count:
            voice = at_level(voices[int(random.integers(len(voices)))], SPEECH)
            piece = voice[max(0, -at) : count - at]
            track[max(0, at) : max(0, at) + len(piece)] += piece
            at += len(voice)
        mixed += track
    return mixed


def cough(*seed: object) -> Samples:
    """Make a cough: a sharp burst of noise and a weaker one, 0.3 to 0.5 s in all, at -20 dBFS."""
    random = generator("cough", *seed)
    parts = []
    for length, loud in ((random.uniform(0.1, 0.18), 1.0), (random.uniform(0.18, 0.3), 0.45)):
        noise = shaped(random, length, 350, 2800, 4.0)
        fade = np.exp(-np.arange(len(noise)) / audio.RATE / (length / 3))
        attack = np.minimum(1.0, np.arange(len(noise)) / 40)
        parts.append(loud * noise * fade * attack)
    return at_level(np.concatenate(parts).astype(np.float32), -20.0)


def breath(*seed: object) -> Samples:
    """Make a breath into the microphone: 0.4 to 0.7 s of soft noise that comes and goes, at -38 dBFS."""
    random = generator("breath", *seed)
    noise = shaped(random, random.uniform(0.4, 0.7), 400, 3000, 3.0)
    return at_level((noise * np.hanning(len(noise))).astype(np.float32), -38.0)


def click(*seed: object) -> Samples:
    """Make a click of the line or of a handset: 4 to 12 ms, nearly full scale."""
    random = generator("click", *seed)
    noise = shaped(random, random.uniform(0.004, 0.012), *BAND)
    return (20000 * noise / max(1.0, float(np.abs(noise).max()))).astype(np.float32)


def burst(*seed: object) -> Samples:
    """Make a burst of noise: 80 to 400 ms, at -26 to -14 dBFS."""
    random = generator("burst", *seed)
    noise = shaped(random, random.uniform(0.08, 0.4), *BAND)
    return at_level(noise, random.uniform(-26.0, -14.0))


def key_tone(key: str, seconds: float = 0.16, decibels: float = -14.0) -> Samples:
    """Make the tone of a key, as a telephone sends it within the sound."""
    time = np.arange(round(seconds * audio.RATE)) / audio.RATE
    tone = sum(np.sin(2 * np.pi * pitch * time) for pitch in KEYS[key])
    fade = np.minimum(1.0, np.minimum(np.arange(len(time)), np.arange(len(time))[::-1]) / 24)
    return at_level(np.asarray(tone * fade, np.float32), decibels)
