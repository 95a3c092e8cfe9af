"""The agent's voice by the time at which it is played: the reference that the line is compared with."""

from __future__ import annotations

import math

from pipeline import audio

ROUND = 20  # notes, 2 s or more: the time over which the clocks are compared
SILENCE = audio.SILENCE[:1]


class Reference:
    """The last seconds of the agent's voice, mu-law, on the caller's stream time.

    `sent` are the pieces of 20 ms that are not placed yet, each behind the loop time at which it was sent. A piece is
    played behind the one before it, and not before it is sent. Loop time becomes stream time by the least difference
    between the two that was noted lately: more than that is a delay of the network.
    """

    def __init__(self, kept: float) -> None:
        self.kept = round(kept * audio.RATE)  # samples, from now back
        self.sent: list[tuple[float, bytes]] = []
        self.sound = bytearray()
        self.end = 0  # stream time at which the sound has been played, samples
        self._before = self._least = math.inf  # loop time less stream time: in the round before, and in this one
        self._noted = 0

    def note(self, now: float, heard: float) -> None:
        """Note that the caller's stream has come up to `heard` at this loop time; both in seconds."""
        self._least = min(self._least, now - heard)
        self._noted += 1
        if self._noted % ROUND == 0:
            self._before, self._least = self._least, math.inf

    def place(self) -> None:
        """Place the pieces that were sent."""
        if not self.sent:
            return
        at, apart = self.end, min(self._before, self._least)
        for now, ulaw in self.sent:
            at = int((now - apart) * audio.RATE + 0.5) if apart < now else 0  # at 0 before the caller's first frame
            if at > self.end:
                self.sound += SILENCE * min(at - self.end, self.kept)
                self.end = at
            self.sound += ulaw
            self.end += audio.FRAME_SAMPLES
        self.sent.clear()
        kept = self.kept + max(0, self.end - at)  # with all that is still to be played
        if len(self.sound) > kept + self.kept // 4:
            del self.sound[:-kept]

    def cut(self, now: float) -> None:
        """Drop the sound that has not been played by now, as Twilio does on `clear`."""
        self.place()
        apart = min(self._before, self._least)
        unplayed = self.end - int((now - apart) * audio.RATE + 0.5) if apart < now else self.end
        if unplayed > 0:
            del self.sound[-unplayed:]
            self.end -= unplayed

    def window(self, end: int, length: int) -> bytes:
        """Return the PCM of this many samples up to a stream time; silence where there was no voice."""
        self.place()
        begin = end - length - (self.end - len(self.sound))
        kept = bytes(self.sound[max(0, begin) : max(0, begin + length)])
        before = min(max(0, -begin), length)
        return audio.decode((SILENCE * before + kept).ljust(length, SILENCE))
