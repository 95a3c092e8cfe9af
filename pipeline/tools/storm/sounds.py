"""What callers sound like: speech, and the noises behind it."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from pipeline import audio
from pipeline.tools.configtest.sounds import LOUD, speech
from pipeline.tools.storm.plan import Plan

LOOP = 7.3  # seconds after which a noise begins anew
VOICES = 6  # that there are
TALK = 9.0  # seconds

Samples = Any  # np.ndarray of float32

QUIET: Samples = np.zeros(audio.FRAME_SAMPLES, np.float32)  # 20 ms of a caller who waits


def track(plan: Plan) -> Samples:
    """All that a caller's microphone hears but the agent, sample by sample."""
    count = math.ceil(plan.length / audio.FRAME_SECONDS + 2) * audio.FRAME_SAMPLES
    if plan.noise:
        behind = noise(plan.noise)
        made = np.resize(np.roll(behind, 997 * plan.number), count) * plan.noise_level
    else:
        made = np.zeros(count, np.float32)
    for each in plan.sounds:
        lay(made, each.at, sound(each.kind, each.length, each.number) * each.level)
    return made


def lay(onto: Samples, at: float, sound: Samples) -> None:
    """Add a sound to a track from a time on; what goes beyond its end is lost."""
    begin = round(at * audio.RATE)
    room = max(0, min(len(sound), len(onto) - begin))
    onto[begin : begin + room] += sound[:room]


def ulaw(samples: Samples) -> bytes:
    """As the line carries it."""
    return audio.encode(np.clip(samples, -32768, 32767).astype("<i2").tobytes())


def sound(kind: str, length: float, number: int) -> Samples:
    """A sound of full loudness; each number is another."""
    whole = talk(number % VOICES) if kind == "speech" else noise("babble" if kind == "babble" else "white")
    return np.resize(np.roll(whole, -1237 * number), round(length * audio.RATE))


@lru_cache
def talk(voice: int) -> Samples:
    """Somebody who talks for a long time."""
    return _pcm(speech(TALK, voice))


@lru_cache
def noise(kind: str) -> Samples:
    """Seven seconds of a noise of full loudness."""
    count = round(LOOP * audio.RATE)
    at = np.arange(count) / audio.RATE
    white = np.random.default_rng(7).normal(0, LOUD / 2, count).astype(np.float32)
    match kind:
        case "hum":
            return np.sum([LOUD / n * np.sin(2 * np.pi * 50 * n * at) for n in range(1, 6)], axis=0).astype(np.float32)
        case "street":
            return (white * np.abs(np.sin(2 * np.pi * 0.4 * at)) ** 4).astype(np.float32)
        case "babble":
            voices = [np.roll(talk(voice), 5000 * voice)[:count] for voice in range(VOICES)]
            return np.sum(voices, axis=0, dtype=np.float32) / np.float32(VOICES**0.5)
    return white


def _pcm(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, "<i2").astype(np.float32)
