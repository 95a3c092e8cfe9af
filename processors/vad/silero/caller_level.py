"""The loudness of the caller's own voice, learned from their speech."""

from __future__ import annotations

UP = 0.1  # share of the way to a louder frame that the level goes at once
DOWN = 0.002  # the same to a quieter one: pauses, weak syllables and others' voices hardly lower it
KNOWN = 10  # frames of speech, 0.2 s, after which the level is known; it is read again after as many more
SPEECH = 1642  # RMS of a usual voice on the telephone, -26 dBFS
UNKNOWN_GAIN = 3.0
MOST_GAIN = 8.0  # 18 dB: a voice of -44 dBFS becomes a usual one


class CallerLevel:
    """A level in RMS of 16-bit samples, that rises fast and falls slowly; about 3 dB above the mean of the speech."""

    def __init__(self) -> None:
        self._rms = 0.0
        self._frames = 0

    def learn(self, rms: int) -> bool:
        """Note the loudness of a frame of speech; return True once in ten frames, when it is worth reading again."""
        self._frames += 1
        self._rms += (rms - self._rms) * (UP if rms > self._rms else DOWN)
        return self._frames % KNOWN == 0

    def below(self, decibels: float) -> float:
        """Return the loudness so far below the level; 0 until that is known."""
        return self._rms * 10 ** (-decibels / 20) if self._frames >= KNOWN else 0.0

    @property
    def gain(self) -> float:
        """The factor that makes the voice a usual one, 1 or more."""
        # A model of speech misses a fifth of the words at -46 dBFS, and hardly one of the same words made louder.
        return min(MOST_GAIN, max(1.0, SPEECH / self._rms)) if self._frames >= KNOWN else UNKNOWN_GAIN
