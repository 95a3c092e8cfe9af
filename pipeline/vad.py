"""What every voice activity detector does: judge the caller's sound frame by frame, and let the record know."""

from __future__ import annotations

from abc import abstractmethod

import msgspec

from pipeline.events import Voiced
from pipeline.frames import AudioIn
from pipeline.processor import Processor, on
from pipeline.settings import StepSettings

JUDGED = 500  # frames, 10 s, whose judgements are one event
_QUIET, _VOICE = b"01"


class Vad(Processor):
    """Says of each frame whether there is voice in it.

    What it judged is an event of the call, `voiced`, with the settings that it had: a replay need not judge again.
    """

    gives = (AudioIn,)

    def __init__(self, settings: StepSettings | None = None, shared: object = None) -> None:
        super().__init__(settings, shared)
        self._judged = bytearray(JUDGED)  # a `0` or `1` for each frame, not told yet
        self._count = 0  # of those

    @abstractmethod
    def hears(self, pcm: bytes) -> bool:
        """Whether there is voice in the call's next 20 ms."""

    @on(AudioIn)
    def judge(self, frame: AudioIn) -> None:
        voiced = self.hears(frame.pcm)
        self._judged[self._count] = _VOICE if voiced else _QUIET
        self._count += 1
        if self._count == JUDGED:
            self._tell()
        self.down[AudioIn](AudioIn(frame.pcm, frame.at, voiced))

    def close(self) -> None:
        if self._count:
            self._tell()

    def _tell(self) -> None:
        frames, settings = self._judged[: self._count].decode(), msgspec.to_builtins(self.settings)
        self._count = 0
        self.call.tell(Voiced(type(self).__name__, settings, frames))
