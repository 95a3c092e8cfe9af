"""The sounds of callers: speech, and the noise behind it."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from pipeline import audio
from pipeline.tools.configtest.sounds import LOUD, speech
from pipeline.tools.storm.plan import Plan

LOOP = 7.3  # seconds after which a noise begins anew
VOICES = 6  # different ones
TALK = 9.0  # seconds

Samples = Any  # np.ndarray of float32

QUIET: Samples = np.zeros(audio.FRAME_SAMPLES, np.float32)  # 20 ms without a sound


def track(plan: Plan) -> Samples:
    """Return the samples of a caller's microphone in a whole call, without the agent's echo."""
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
    """Add a sound to a track, from a time in seconds on; cut off at the track's end."""
    begin = round(at * audio.RATE)
    room = max(0, min(len(sound), len(onto) - begin))
    onto[begin : begin + room] += sound[:room]


def ulaw(samples: Samples) -> bytes:
    """Return samples as mu-law, clipped to 16 bits."""
    return audio.encode(np.clip(samples, -32768, 32767).astype("<i2").tobytes())


def sound(kind: str, length: float, number: int) -> Samples:
    """Return a sound of full loudness, `length` seconds; each number is a different one."""
    whole = talk(number % VOICES) if kind == "speech" else noise("babble" if kind == "babble" else "white")
    return np.resize(np.roll(whole, -1237 * number), round(length * audio.RATE))


@lru_cache
def talk(voice: int) -> Samples:
    """Return a voice that talks for `TALK` seconds."""
    return _pcm(speech(TALK, voice))


@lru_cache
def noise(kind: str) -> Samples:
    """Return a noise of full loudness, `LOOP` seconds: hum, street, babble or white."""
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
