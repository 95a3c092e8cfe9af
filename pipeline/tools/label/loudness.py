"""Find the caller's speech in a record by loudness alone, independent of any vad."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
import numpy as np

from pipeline import audio
from pipeline.call import Call
from pipeline.catalog import find
from pipeline.chain import Chain
from pipeline.frames import AudioIn, WireMessage
from pipeline.loop.virtual import VirtualLoop
from pipeline.phone.virtual_line import NoWire
from pipeline.processor import Processor, on
from pipeline.records.reader import Recording

PAUSE = 0.7  # seconds: a shorter silence does not end a turn
GAP = 0.1  # seconds: a shorter silence does not split a sound
CLICK = 0.06  # seconds: a shorter sound is no voice
# Not `audio.VOICED`, which is fixed: a label has to hold on a loud line and for a quiet caller, for any tuned rms.
OVER = 3.0  # times the line's noise, 10 dB: a louder frame is sound
LEAST = 60.0  # RMS of 16-bit samples: no frame below it is sound, however quiet the line
NEAR = 5.0  # seconds before and after a frame in which the line's noise is measured
QUIET = 10  # per cent of those frames are noise even while the caller speaks

Loudness = np.ndarray[Any, np.dtype[np.float64]]


class Span(msgspec.Struct, frozen=True):
    """A stretch of sound; times in seconds on the stream's clock."""

    starts: float
    ends: float
    over: float  # mean loudness, as a multiple of the line's noise
    pause: float = 0.0  # seconds, the longest in it


class _Collector(Processor):
    def __init__(self, heard: bytearray) -> None:
        super().__init__()
        self.heard = heard

    @on(AudioIn)
    def hear(self, frame: AudioIn) -> None:
        self.heard += frame.pcm


def caller(recording: Recording) -> bytes:
    """Return the caller's sound on the stream's clock, 16-bit PCM: the input of the call's vad."""
    loop, heard = VirtualLoop(), bytearray()
    call = Call(recording.about.call_sid, NoWire(), loop)
    chain = Chain([find("twilio_serializer")(), _Collector(heard)], call, loop)
    for message in recording.received:
        chain.put(WireMessage(message.data))
    loop.close()
    return bytes(heard)


def spans(pcm: bytes) -> list[Span]:
    """Return the stretches of sound, without clicks; pauses under `PAUSE` are bridged."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)
    frames = samples[: len(samples) // audio.FRAME_SAMPLES * audio.FRAME_SAMPLES].reshape(-1, audio.FRAME_SAMPLES)
    loudness = np.sqrt((frames**2).mean(axis=1))
    noise = _noise(loudness)
    found: list[Span] = []
    for start, end in _runs(loudness > OVER * noise):
        over = float(loudness[start:end].mean() / noise[start:end].mean())
        found.append(Span(start * audio.FRAME_SECONDS, end * audio.FRAME_SECONDS, over))
    return joined([each for each in joined(found, GAP) if each.ends - each.starts >= CLICK], PAUSE)


def joined(some: list[Span], pause: float) -> list[Span]:
    """Join the stretches that are less than `pause` seconds apart."""
    found: list[Span] = []
    for each in some:
        if found and each.starts - found[-1].ends < pause:
            found[-1] = join(found[-1], each)
        else:
            found.append(each)
    return found


def join(one: Span, other: Span) -> Span:
    """Return one stretch from the start of one to the end of the other."""
    pause = max(one.pause, other.pause, other.starts - one.ends)
    return Span(one.starts, other.ends, max(one.over, other.over), pause)


def _noise(loudness: Loudness) -> Loudness:
    """Return the RMS of the line's noise around each frame."""
    near = round(NEAR / audio.FRAME_SECONDS)
    step = near // 5
    levels = [
        np.percentile(loudness[max(0, at - near) : at + near], QUIET) for at in range(0, max(1, len(loudness)), step)
    ]
    return np.maximum(np.repeat(levels, step)[: len(loudness)], LEAST / OVER)


def _runs(loud: np.ndarray[Any, np.dtype[np.bool_]]) -> list[tuple[int, int]]:
    """Return the runs of loud frames as (first, last + 1)."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], loud, [False])).astype(np.int8))).tolist()
    return list(pairwise(edges))[::2]
