"""Echo: the base class of guards, which keep the agent's own voice, come back over the line, from counting as voice."""

from __future__ import annotations

import math
from abc import abstractmethod

from pipeline import audio
from pipeline.events import EchoHeard
from pipeline.frames import AudioIn
from pipeline.processor import Processor, on

APART = 1.0  # seconds without an echo that end a stretch of it


class EchoGuard(Processor):
    """Takes the voice off frames of the caller's audio that are nothing but the agent's own voice.

    The sound itself passes unchanged. Each stretch of echo is told as an event, `echo`, so that a replay, in which the
    agent may say other things at other times, still knows what in the recorded sound was the agent's.
    """

    gives = (AudioIn,)
    needs = ("vad",)

    until: float = 0.0  # stream time up to which the agent's voice may come back, seconds
    lag: float | None = None  # seconds from sending the voice to its return; None until it is known
    level: float | None = None  # loudness of the echo beside the voice as it was sent, dB
    heard: float = 0.0  # stream time of the end of the caller's last frame
    _since: float = math.inf  # stream time of the stretch's first frame; infinite between stretches
    _last: float = 0.0  # the same of its last one so far

    @abstractmethod
    def is_echo(self, frame: AudioIn) -> bool:
        """Return True if a frame has no other voice than the agent's; asked for each frame up to `until`."""

    @on(AudioIn)
    def judge(self, frame: AudioIn) -> None:
        """Pass a frame on, without its voice if that is the agent's."""
        self.heard = frame.at + audio.FRAME_SECONDS
        if frame.at < self.until and self.is_echo(frame):
            if frame.at - self._last > APART:
                self._tell()
            self._since, self._last = min(self._since, frame.at), frame.at
            frame = AudioIn(frame.pcm, frame.at, False)
        elif frame.voiced and self._since < frame.at:
            self._tell()
        # 50 times a second: looking the route up here saves the call of `push`.
        self.down[AudioIn](frame)

    def close(self) -> None:
        self._tell()

    def _tell(self) -> None:
        """Tell the stretch that is over; nothing if there is none."""
        if self._since < math.inf:
            seconds = self._last + audio.FRAME_SECONDS - self._since
            self.call.tell(EchoHeard(self._since, seconds, self.lag, self.level))
            self._since = math.inf
