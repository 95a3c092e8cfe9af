"""The settings that all voices share."""

from __future__ import annotations

from typing import Annotated

from pipeline.catalog import Steps
from pipeline.settings import Duration, FilePath, FolderPath, StepSettings, doc


class VoiceSettings(StepSettings, frozen=True, kw_only=True):
    """Settings of every voice: fallbacks, time limits and the sound cache. None of them changes how it sounds."""

    fallback: Annotated[Steps, doc("Voices to speak with when this one fails, in order.")] = ()
    clip: Annotated[FilePath | None, doc("A WAV file played when no voice can speak.")] = None
    first_timeout: Annotated[Duration, doc("How long the first sound may take.", 0.1, 60)] = 3.0
    cache: Annotated[FolderPath, doc("A folder that keeps synthesised sound from run to run; blank: only memory.")] = ""
    cache_mb: Annotated[int, doc("The most that this folder may hold, MB.", 1, 100_000)] = 64
