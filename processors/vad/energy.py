"""Voice activity by loudness."""

from __future__ import annotations

import math
from collections import deque
from typing import Annotated

from pipeline import audio
from pipeline.settings import StepSettings, doc
from pipeline.vad import Vad

START = 210  # RMS: the threshold until the line's noise is known
LEAST = 50  # the lowest threshold
ABOVE = 2.5  # times the noise: 8 dB; a road's swells reach that, and a voice is 10 dB above a loud one
BLOCK = 25  # frames, 0.5 s, of which the quietest is kept
BLOCKS = 6  # three seconds: in so long a time there is a pause in speech, and none in noise


class EnergyVad(Vad):
    """Calls a frame voiced if it is louder than a threshold; for quiet lines and tests, as loud noise counts as voice.

    The threshold is `rms`; without one it follows the line's noise, 8 dB above the quietest frame of the last three
    seconds, so that a steady noise ends and a quiet voice is heard.
    """

    class Settings(StepSettings, frozen=True, kw_only=True):
        rms: Annotated[
            int, doc("Loudness above which a frame is voice (RMS of 16-bit samples); 0: follow the noise.", 0, 32767)
        ] = 0

    settings: Settings

    def begin(self) -> None:
        self.threshold = float(self.settings.rms or START)
        self.follows = not self.settings.rms
        self.quietest = math.inf  # RMS of the quietest frame of the block under way
        self.left = BLOCK  # frames of it to come
        self.blocks: deque[float] = deque(maxlen=BLOCKS)

    def hears(self, pcm: bytes) -> bool:
        loudness = audio.rms(pcm)
        if self.follows:
            self.quietest = min(self.quietest, loudness)
            self.left -= 1
            if not self.left:
                self.follow()
        return loudness > self.threshold

    def follow(self) -> None:
        """Set the threshold by the noise, at the end of each block: its minimum statistics (Martin, 2001)."""
        self.blocks.append(self.quietest)
        self.quietest, self.left = math.inf, BLOCK
        self.threshold = max(LEAST, ABOVE * min(self.blocks))
