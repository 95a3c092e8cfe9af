"""A package of somebody else's with a processor in it."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Literal

from msgspec import Meta

from pipeline.catalog import Steps
from pipeline.frames import AudioIn, Clear, Interrupt, Transcript
from pipeline.processor import Processor, on
from pipeline.settings import Duration, FilePath, Secret, StepSettings


class Loudness(Enum):
    """An enumeration as a setting may have it."""

    SOFT = "soft"
    LOUD = "loud"


class Shout(Processor):
    """Says everything
    louder. And more."""

    gives = (Transcript, Interrupt)

    class Settings(StepSettings, frozen=True, kw_only=True):
        """One setting of each kind."""

        rms: Annotated[int, Meta(description="How loud.", ge=1, le=9, extra={"unit": "dB"})] = 3
        wait: Annotated[Duration, Meta(description="How long.", ge=0.1)] = 0.5
        key: Annotated[Secret, Meta(description="The key.")]
        mode: Literal["a", "b"] = "a"
        loudness: Loudness = Loudness.SOFT
        prompt: FilePath | None = None
        spare: Steps = ()
        words: list[str] = []

    @on(AudioIn)
    def hear(self, frame: AudioIn) -> None:
        """Hear."""

    @on(Clear)
    def clear(self, control: Clear) -> None:
        """Clear."""
