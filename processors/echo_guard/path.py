"""An echo path: after which time, and how loud, the agent's voice comes back over a line.

Speech that has come back has been through a loudspeaker, a room and a codec or two. Its wave may have little in common
with that which was sent, but it comes after one lag, and it rises and falls with it. So a path is found by the wave,
once, and a frame is judged by its energy, which is cheap and holds for any codec; the wave is a check now and then.
Sounds are emphasised: with their low frequencies taken out, as those of two voices are alike by chance.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pipeline import audio

Sound = NDArray[np.float32]
Line = Callable[[int], Sound]  # a number of samples → the line's last ones
Voice = Callable[[int, int], Sound]  # a stream time, a number of samples → the agent's voice up to it

WINDOW = 4000  # samples, 0.5 s, that are compared with the agent's voice
NEAR = 48  # samples, 6 ms: lags that differ by less are one
ALIKE = 0.12  # share of a window's energy that a copy of the agent's voice explains: the window has an echo
ALIKE_SHORT = 0.3  # the same in 0.1 s, of which more is explained by chance
ALIKE_ANYWHERE = 0.6  # the same in 0.1 s at any lag
UNLIKE = 0.03  # the same share, up to which a window has no echo at the path's lag
SMOOTH = 1200  # samples: lengths of a multiple of this have small factors, which transforms like
HOP = audio.FRAME_SAMPLES // 2
TAIL = 100  # hops, 1 s: how far back the voice counts that a frame may be the echo of
LEAST = 0.1  # of its energy, 10 dB less, counts of a voice that is over: rooms, codecs and the line's noise
RATIOS = 50  # frames by which the echo's loudness is known
LOUDER = 4.0  # 6 dB: a frame with so much more energy than its echo has another voice in it

# The weight of each 20 ms of the agent's voice, the newest last: half as much every 10 ms from 50 ms on.
_WEIGHTS = np.maximum(0.5 ** np.maximum(0.0, np.arange(TAIL - 2, -1, -1) - 3.0), LEAST).astype(np.float32)


def emphasised(pcm: bytes) -> Sound:
    """Return 16-bit PCM as samples with less of the low frequencies; one sample less than there were."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    return samples[1:] - np.float32(0.95) * samples[:-1]


def energy(sound: Sound) -> float:
    """Return the sum of the squares of the samples."""
    return float(sound @ sound)


def alike(sound: Sound, longer: Sound) -> tuple[int, float]:
    """Return where in a longer sound this one is found best, and the share of its energy that is explained there.

    The place is in samples before the end: 0 if the ends fit.
    """
    extra = len(longer) - len(sound)
    if extra > 4 * NEAR:  # many places: by the convolution theorem
        size = -(-len(longer) // SMOOTH) * SMOOTH
        spectrum = np.fft.rfft(longer, size) * np.conj(np.fft.rfft(sound, size))
        products = np.fft.irfft(spectrum, size)[: extra + 1]
    else:
        products = np.correlate(longer, sound, "valid")
    sums = np.concatenate(([0.0], np.cumsum(longer.astype(np.float64) ** 2)))
    energies = sums[len(sound) :] - sums[: extra + 1]
    # The least of a voice is no voice to be compared with: a few samples of it would be like anything.
    shares = products**2 / ((energies + 0.01 * energies.max() + 1.0) * (energy(sound) + 1.0))
    best = int(shares.argmax())
    return extra - best, float(shares[best])


class EchoPath:
    """One way of the agent's voice back to the line: a lag, and a loudness that is learnt from its frames."""

    def __init__(self, lag: int, line: Line, voice: Voice, end: int, length: int = WINDOW) -> None:
        self.lag = lag  # samples
        self.level = weighed(lag, line, voice, end, length)  # energy of the echo as a share of the voice's
        self.frames = 0  # of echo
        self._usual = self.level  # energy of a frame of echo beside the voice's that it is compared with
        self._hops = np.zeros(TAIL, np.float32)  # energies of the voice's last hops, up to that of a number
        self._hop = -TAIL
        self._ratios: deque[float] = deque((self.level,), maxlen=RATIOS)

    @property
    def decibels(self) -> float:
        """The loudness of the echo beside that of the voice as it was sent, dB."""
        return 10 * math.log10(max(self.level, 1e-9))

    def takes(self, line: Line, voice: Voice, end: int) -> bool:
        """Return True if a line's 20 ms are no louder than the echo of the voice may be."""
        loudest = self._loudest(voice, (end - self.lag) // HOP + 1) + 1.0
        ratio = energy(line(audio.FRAME_SAMPLES)) / loudest
        if ratio > LOUDER * self._usual:
            return False
        self.frames += 1
        if ratio > LEAST * self._usual:  # the end of a word says nothing of the loudness of its middle
            self._ratios.append(ratio)
        if self.frames % 5 == 0:
            self._usual = sorted(self._ratios)[len(self._ratios) // 2]
        return True

    def _loudest(self, voice: Voice, hop: int) -> float:
        """Return the energy of the voice's 20 ms that a frame of echo may be of, up to the end of a hop."""
        new = min(hop - self._hop, TAIL)
        if new > 0:  # the rest is known from the frame before
            sound = voice(hop * HOP, new * HOP).reshape(-1, HOP)
            self._hops[: TAIL - new] = self._hops[new:]
            self._hops[TAIL - new :] = np.einsum("ij,ij->i", sound, sound)
            self._hop = hop
        return float(((self._hops[1:] + self._hops[:-1]) * _WEIGHTS).max())

    def found(self, line: Line, voice: Voice, end: int, length: int = WINDOW) -> float:
        """Return the share of the line's last samples that the voice explains at this lag, and follow a small drift."""
        reach = NEAR // 2
        before, share = alike(line(length), voice(end - self.lag + reach, length + 2 * reach))
        if length == WINDOW and share > ALIKE:
            self.lag += before - reach
            self.level += 0.2 * (weighed(self.lag, line, voice, end, WINDOW) - self.level)
        return share


def weighed(lag: int, line: Line, voice: Voice, end: int, length: int) -> float:
    """Return the energy of a line's last samples as a share of the voice's that comes back in them."""
    return energy(line(length)) / (energy(voice(end - lag, length)) + 1.0)
