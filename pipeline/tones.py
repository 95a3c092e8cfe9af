"""Tones: the sound of a telephone's keys (DTMF), which a vad may take for a voice.

A key is a tone of a low group and one of a high group at once (ITU-T Q.23), and nothing else; it lasts 40 ms or more
(Q.24). Speech, too, has strong pairs of pitches, but never two alone.
"""

from __future__ import annotations

import math
from array import array

from pipeline import audio

LOW, HIGH = (697, 770, 852, 941), (1209, 1336, 1477, 1633)  # Hz
PURE = 0.8  # of a frame's energy, at least, is that of the two tones
TWIST = 10.0  # one tone has at most so many times the energy of the other: 10 dB
CROSSINGS = range(25, 70)  # of zero in a frame, as sums of such tones have them
_PEAK = 16_000


def _waves(pitch: int) -> tuple[bytes, bytes]:
    """Return a cosine and a sine of 10 ms."""
    angles = [2 * math.pi * pitch * at / audio.RATE for at in range(audio.FRAME_SAMPLES // 2)]
    made = [array("h", (round(_PEAK * wave(each)) for each in angles)) for wave in (math.cos, math.sin)]
    return made[0].tobytes(), made[1].tobytes()


_LOW, _HIGH = [_waves(pitch) for pitch in LOW], [_waves(pitch) for pitch in HIGH]


def is_key(pcm: bytes) -> bool:
    """True if 20 ms of 16-bit PCM are the tone of a key and nothing else."""
    if audio.crossings(pcm) not in CROSSINGS:  # most of speech has fewer: this saves the rest
        return False
    # By halves: a tone that is 1.5 % off, as it may be, runs out of step with ours in the whole.
    halves = pcm[: audio.FRAME_BYTES // 2], pcm[audio.FRAME_BYTES // 2 :]
    low, high = (max(sum(_energy(half, *waves) for half in halves) for waves in group) for group in (_LOW, _HIGH))
    whole = 2 * audio.rms(pcm) ** 2
    return low + high > PURE * whole and max(low, high) < TWIST * min(low, high)


def holds_key(pcm: bytes) -> bool:
    """True if 20 ms of 16-bit PCM, or either half of them, are the tone of a key: it may begin or end in them."""
    if len(pcm) != audio.FRAME_BYTES:
        return False
    first, second = pcm[: audio.FRAME_BYTES // 2], pcm[audio.FRAME_BYTES // 2 :]
    return any(is_key(each) for each in (pcm, first + first, second + second))


def _energy(pcm: bytes, cosine: bytes, sine: bytes) -> float:
    """Return the mean square of the tone of one pitch in a sound."""
    return 0.5 * _PEAK**2 * (audio.part(pcm, cosine) ** 2 + audio.part(pcm, sine) ** 2)
