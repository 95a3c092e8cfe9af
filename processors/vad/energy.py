"""Voice activity by loudness."""

from __future__ import annotations

from typing import Annotated

from pipeline import audio
from pipeline.settings import StepSettings, doc
from pipeline.vad import Vad


class EnergyVad(Vad):
    """Calls a frame voiced if it is louder than a threshold; for quiet lines and tests, as noise counts as voice."""

    class Settings(StepSettings, frozen=True, kw_only=True):
        rms: Annotated[int, doc("Loudness above which a frame is voice (RMS of 16-bit samples).", 1, 32767)] = 210

    settings: Settings

    def hears(self, pcm: bytes) -> bool:
        return audio.rms(pcm) > self.settings.rms
