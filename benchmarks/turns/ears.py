"""The agent as the caller heard it: which sound, when, and with which gaps. Nothing else of the agent is looked at."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from benchmarks.turns.line import PhoneLine
from pipeline import audio

PIECE = 400  # samples, 50 ms: of this length are the pieces by which a sentence is known again
WHOLE = 0.97  # share of a reply's pieces that make it heard whole: a pause may split two
NEAR = 1.0  # seconds after the agent's sound within which a `clear` is part of stopping it
LOUD = 100  # RMS of 16-bit samples: quieter pieces are like any other


class Ears:
    """The agent's sound in a call, all times in seconds of the call."""

    def __init__(self, line: PhoneLine) -> None:
        pieces = [(start - line.start, sound) for start, sound in line.playback.sounds()]
        self.spans = [(start, start + len(sound) / audio.RATE) for start, sound in pieces]
        self.sound = re.sub(rb"\x7f", b"\xff", b"".join(sound for _, sound in pieces))
        self.clears = [at - line.start for at, _ in line.playback.clears]

    def seconds(self, until: float) -> float:
        """Return the length of the sound heard up to a time."""
        return sum(min(end, until) - begin for begin, end in self.spans if begin < until)

    def onset(self, after: float) -> float | None:
        """Return the first time from `after` on at which the agent becomes audible."""
        return next((begin for begin, _ in self.spans if begin >= after - audio.FUZZ), None)

    def speaks(self, at: float) -> bool:
        """True if the agent is audible at a time."""
        return any(begin <= at < end for begin, end in self.spans)

    def silent(self, after: float, before: float) -> float | None:
        """Return when the sound ends that began before `before`, the last such; None if it was over at `after`."""
        ends = [end for begin, end in self.spans if begin < before and end > after]
        return max(ends, default=None)

    def pause(self, after: float, before: float) -> float:
        """Return the longest gap in the agent's sound that begins between two times; 0 without any."""
        gaps = [
            later - end
            for (_, end), (later, _) in zip(self.spans, self.spans[1:], strict=False)
            if after <= end < before
        ]
        return max((gap for gap in gaps if gap > audio.FUZZ), default=0.0)

    def stops(self, after: float, until: float = math.inf) -> int:
        """Return how often the agent's speech was cleared between two times; a `clear` that opens a reply is none."""
        return sum(after < at < until and self._is_stop(at) for at in self.clears)

    def _is_stop(self, at: float) -> bool:
        opens = any(-audio.FUZZ <= begin - at < audio.FRAME_SECONDS for begin, _ in self.spans)
        return not opens and any(begin < at and at - end < NEAR for begin, end in self.spans)

    def share(self, sentences: Sequence[bytes]) -> float:
        """Return the share of the sentences' sound, mu-law, that was heard: 0 to 1; 0 if the end of it was not."""
        found = [self._has(piece) for sound in sentences for piece in _pieces(sound)]
        return sum(found) / len(found) if found and found[-1] else 0.0

    def finished(self, sentences: Sequence[bytes]) -> float:
        """Return when the last part of the sentences had been heard; infinite if it was not."""
        last = [piece for sound in sentences for piece in _pieces(sound)][-1:]
        place = self.sound.find(last[0]) if last else -1
        past = 0.0
        for begin, end in self.spans:
            if 0 <= place / audio.RATE < past + end - begin:
                return begin + place / audio.RATE - past + PIECE / audio.RATE
            past += end - begin
        return math.inf

    def _has(self, piece: bytes) -> bool:
        return piece in self.sound


def _pieces(sound: bytes) -> list[bytes]:
    sound = re.sub(rb"\x7f", b"\xff", sound)
    cut = [sound[at : at + PIECE] for at in range(0, len(sound) - PIECE + 1, PIECE)]
    return [piece for piece in cut if _loudness(piece) > LOUD]


def _loudness(ulaw: bytes) -> float:
    samples = np.frombuffer(audio.decode(ulaw), "<i2").astype(np.float64)
    return float(np.sqrt((samples**2).mean()))
