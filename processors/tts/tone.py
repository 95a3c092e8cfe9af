"""A voice that hums, for tests and benchmarks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from functools import lru_cache
from typing import Annotated

from pipeline import audio
from pipeline.settings import Duration, doc
from pipeline.tts import Voice, VoiceSettings


class ToneVoice(Voice):
    """Hums a tone, of a fixed length per letter."""

    class Settings(VoiceSettings, frozen=True, kw_only=True):
        ms_per_letter: Annotated[int, doc("Length of the tone per letter, milliseconds.", 1, 1000)] = 60
        pitch: Annotated[int, doc("Pitch of the tone, Hz.", 100, 3400)] = 220
        delay: Annotated[Duration, doc("How long the first sound takes.", 0, 60)] = 0.0

    recorded = False

    settings: Settings

    @classmethod
    def fails(cls, settings: Settings) -> bool:
        return bool(settings.delay)  # which may be longer than `first_timeout`

    async def synthesize(self, text: str) -> AsyncGenerator[bytes, None]:
        if self.settings.delay:
            await asyncio.sleep(self.settings.delay)
        yield _tone(len(text) * self.settings.ms_per_letter, self.settings.pitch)


@lru_cache(256)
def _tone(ms: int, pitch: int) -> bytes:
    return audio.tone(ms / 1000, pitch)
