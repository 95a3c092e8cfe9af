"""Voice by loudness."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from pipeline import audio
from pipeline.frames import AudioIn
from pipeline.processor import Processor, StepSettings, on


class EnergyVad(Processor):
    """Calls a frame voiced if it is louder than a threshold; for quiet lines and tests, as noise counts as voice."""

    gives = (AudioIn,)

    class Settings(StepSettings, frozen=True, kw_only=True):
        rms: Annotated[int, Meta(description="Loudness above which a frame is voice (RMS of 16-bit samples).", ge=1, le=32767)] = 210

    settings: Settings

    @on(AudioIn)
    def judge(self, frame: AudioIn) -> None:
        self.push(AudioIn(frame.pcm, frame.at, audio.rms(frame.pcm) > self.settings.rms))
