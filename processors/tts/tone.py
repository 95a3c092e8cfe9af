"""A voice for tests and benchmarks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from functools import lru_cache
from typing import Annotated, Any

from msgspec import Meta

from pipeline import audio
from pipeline.processor import StepSettings
from pipeline.spec import Duration
from pipeline.tts import Voice, VoiceSettings


class ToneVoice(Voice):
    """Hums a tone, the longer the more letters there are to say."""

    class Settings(VoiceSettings, frozen=True, kw_only=True):
        ms_per_letter: Annotated[int, Meta(description="Length of the tone per letter, milliseconds.", ge=1, le=1000)] = 60
        pitch: Annotated[int, Meta(description="Pitch of the tone, Hz.", ge=100, le=3400)] = 220
        delay: Annotated[Duration, Meta(description="How long synthesis takes to give its first sound.", ge=0, le=60)] = 0.0

    settings: Settings

    async def synthesize(self, text: str) -> AsyncGenerator[bytes, None]:
        if self.settings.delay:
            await asyncio.sleep(self.settings.delay)
        yield _tone(len(text) * self.settings.ms_per_letter, self.settings.pitch)


@lru_cache(256)
def _tone(ms: int, pitch: int) -> bytes:
    return audio.tone(ms / 1000, pitch)
