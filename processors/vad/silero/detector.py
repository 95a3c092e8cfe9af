"""Voice activity by a neural model that tells speech from noise."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from pipeline import audio
from pipeline.faults import need
from pipeline.settings import StepSettings, doc
from pipeline.vad import Vad
from processors.vad.silero.model import CONTEXT, WINDOW, Listening, session

need("silero", "onnxruntime", "onnxruntime")

HYSTERESIS = 0.15  # speech goes on until the probability is this far below the threshold
SEEN = 2 * (CONTEXT + WINDOW)  # bytes given to the model for a window
CALM = 25  # frames, 0.5 s, below the floor, after which the model rests
LEAD = 4  # windows, 128 ms, before the first loud frame, given to the model when it resumes
FORGET = 1500  # frames, 30 s, without speech, after which the model's memory of the line's noise is reset


class SileroVad(Vad):
    """Calls a frame voiced if Silero's model finds speech in it and it is louder than a floor.

    After 0.5 s below the floor the model rests, as a caller listens most of the time.
    """

    imports = ("onnxruntime",)

    class Settings(StepSettings, frozen=True, kw_only=True):
        threshold: Annotated[float, doc("Probability of speech from which a frame is voice.", 0.05, 0.95)] = 0.5
        rms: Annotated[int, doc("Quieter frames are never voice (RMS of 16-bit samples).", 0, 32767)] = 210

    settings: Settings

    def begin(self) -> None:
        self.sound = bytearray(2 * CONTEXT)  # sound that the model has not had, behind the context
        self.model = Listening(self.shared)
        self.speech = False
        self.silent = 0  # frames without speech in a row
        self.calm = CALM  # frames below the floor in a row

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: Any, phrases: tuple[str, ...], language: str) -> AsyncIterator[Any]:
        yield session()

    def hears(self, pcm: bytes) -> bool:
        loud = audio.rms(pcm) > self.settings.rms
        self.calm = 0 if loud else self.calm + 1
        self.sound += pcm
        if self.calm < CALM:
            while len(self.sound) >= SEEN:
                self.window()
        else:
            self.wait()
        self.silent = 0 if self.speech else self.silent + 1
        if self.silent == FORGET:
            self.model.forget()
            self.silent = 0
        return self.speech and loud

    def window(self) -> None:
        probability = self.model.hears(self.sound)
        del self.sound[: 2 * WINDOW]
        # Once speech, a frame stays speech at a lower probability, so that a weak syllable does not split a word.
        self.speech = probability > self.settings.threshold - HYSTERESIS * self.speech

    def wait(self) -> None:
        """Rest while the line is calm: no frame is speech, and only the last 128 ms are kept, as a possible start."""
        self.speech = False
        while len(self.sound) >= SEEN + LEAD * 2 * WINDOW:
            del self.sound[: 2 * WINDOW]
