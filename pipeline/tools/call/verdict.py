"""The verdict on a call: failures at the caller's end of the line, and those of an agent in this process."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np

from pipeline.phone.result import CallResult
from pipeline.tools.go.sound import between, stretches

BEEP = 0.4  # seconds; agents beep for 0.3 s where speech could not be made
PURE = 0.8  # share of a tone's energy that is near its one frequency; speech has less


class Verdict(msgspec.Struct, frozen=True):
    """The failures inside an agent, and its smaller troubles; `inside` is False if it runs elsewhere."""

    failures: Sequence[str] = ()
    notes: Sequence[str] = ()
    inside: bool = False

    def failed(self, result: CallResult) -> list[str]:
        """Return all failures of a call, a sentence each; empty if it is ok."""
        error = [] if result.ok else [result.error or "warnings"]
        return [*error, *self.failures, *unspoken(result)]


def unspoken(result: CallResult) -> list[str]:
    """Return the replies that were not speech, a sentence each kind: those of silence, those of a short tone."""
    silent, beeps = list[str](), list[str]()
    answers = {turn.audio for turn in result.turns}  # the rest of an answer that paused counts as a reply, too
    for number, (start, end) in enumerate(pairwise((*result.replies, result.ended)), 1):
        # Of a reply that was interrupted, the caller may have heard no more than the silence before its first word.
        if any(start < at < end and thrown for at, thrown in result.clears) or (answers and start not in answers):
            continue
        sound = between(result.agent_track, start - result.started, end - result.started)
        silent += [str(number)] * (not stretches(sound))
        beeps += [str(number)] * is_beep(sound)
    found = {"silence": silent, "only a beep": beeps}
    count = len(result.replies)
    return [f"reply {', '.join(numbers)} of {count} was {kind}" for kind, numbers in found.items() if numbers]


def is_beep(pcm: bytes) -> bool:
    """True if a sound is one short tone, with which an agent stands in for speech that it could not make."""
    heard = stretches(pcm)
    if len(heard) != 1 or not BEEP / 2 < heard[0][1] - heard[0][0] <= BEEP:
        return False
    samples = np.frombuffer(between(pcm, *heard[0]), "<i2").astype(np.float64)
    energy = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    peak = int(energy.argmax())
    return bool(energy[max(0, peak - 2) : peak + 3].sum() > PURE * energy.sum() > 0)
