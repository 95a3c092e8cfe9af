"""Voice by loudness."""

from __future__ import annotations

from typing import Annotated

from pipeline import audio
from pipeline.frames import AudioIn
from pipeline.processor import Processor, StepSettings, doc, on


class EnergyVad(Processor):
    """Calls a frame voiced if it is louder than a threshold; for quiet lines and tests, as noise counts as voice."""

    gives = (AudioIn,)

    class Settings(StepSettings, frozen=True, kw_only=True):
        rms: Annotated[int, doc("Loudness above which a frame is voice (RMS of 16-bit samples).", 1, 32767)] = 210

    settings: Settings

    @on(AudioIn)
    def judge(self, frame: AudioIn) -> None:
        self.push(AudioIn(frame.pcm, frame.at, audio.rms(frame.pcm) > self.settings.rms))
