"""Voice activity detection: the base class of detectors, which judge the caller's audio frame by frame."""

from __future__ import annotations

from abc import abstractmethod

import msgspec

from pipeline.events import Voiced
from pipeline.frames import AudioIn
from pipeline.processor import Processor, on
from pipeline.settings import StepSettings
from pipeline.tones import is_key

JUDGED = 500  # frames, 10 s: the judgements of one event
_QUIET, _VOICE = b"01"


class Vad(Processor):
    """Marks each frame of the caller's audio as voiced or not; the tone of a key is no voice, however loud.

    The judgements are kept as events, `voiced`, 500 frames (10 s) each, with the detector's settings, so that a replay
    can reuse them instead of judging again.
    """

    gives = (AudioIn,)

    def __init__(self, settings: StepSettings | None = None, shared: object = None) -> None:
        super().__init__(settings, shared)
        self._judged = bytearray(JUDGED)  # `0` or `1` for each frame since the last event
        self._count = 0  # judgements in it

    @abstractmethod
    def hears(self, pcm: bytes) -> bool:
        """Return True if there is voice in the call's next 20 ms (320 bytes of PCM)."""

    @on(AudioIn)
    def judge(self, frame: AudioIn) -> None:
        """Judge a frame and pass it on with its verdict."""
        voiced = self.hears(frame.pcm) and not is_key(frame.pcm)
        self._judged[self._count] = _VOICE if voiced else _QUIET
        self._count += 1
        # One event for 500 frames: 50 a second would be most of a record, and of the work of writing it.
        if self._count == JUDGED:
            self._tell()
        # 50 times a second: looking the route up here saves the call of `push`.
        self.down[AudioIn](AudioIn(frame.pcm, frame.at, voiced))

    def close(self) -> None:
        if self._count:
            self._tell()

    def _tell(self) -> None:
        """Write the collected judgements as one event."""
        frames, settings = self._judged[: self._count].decode(), msgspec.to_builtins(self.settings)
        self._count = 0
        self.call.tell(Voiced(type(self).__name__, settings, frames))
