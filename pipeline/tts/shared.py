"""The settings and the error of every voice, and the sound that the calls of one voice share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from pipeline import audio
from pipeline.catalog import Steps
from pipeline.faults import FAILURES, ProviderError
from pipeline.settings import Duration, FilePath, StepSettings, doc
from pipeline.tts.cache import SoundCache

TOO_SHORT = 400  # bytes of PCM, 25 ms: less than this is no speech
LETTER = 160  # bytes of PCM, 10 ms: half of what a letter takes at the fastest; less is no speech of so many letters
DRAWL = 16_000  # bytes of PCM, 1 s: no voice takes as long for a letter; more is no speech of so many letters
PRERENDER = 10.0  # seconds that a fixed sentence may take before the first call
AT_ONCE = 4  # fixed sentences that are prerendered at a time

Make = Callable[[str], AsyncGenerator[bytes, None]]


class SynthesisError(ProviderError):
    """A voice could not speak, and says why; `again`: whether trying once more at once may help."""

    def __init__(self, text: str, again: bool = True) -> None:
        super().__init__(text)
        self.again = again


class VoiceSettings(StepSettings, frozen=True, kw_only=True):
    """What may be set of every voice."""

    fallback: Annotated[Steps, doc("Voices to speak with when this one fails, in order.")] = ()
    clip: Annotated[FilePath | None, doc("A WAV file played when no voice can speak.")] = None
    first_timeout: Annotated[Duration, doc("Synthesis without a sound for so long has failed.", 0.1, 60)] = 3.0
    cache: Annotated[str, doc("A folder that keeps what was spoken from run to run; blank: memory alone.")] = ""
    cache_mb: Annotated[int, doc("The most that this folder may hold, MB.", 1, 100_000)] = 64


@dataclass
class SharedVoice:
    """The engine of a voice, the sound of the config's fixed sentences, and the cache, shared by all calls."""

    engine: Any
    prerendered: dict[str, bytes] = field(default_factory=dict)
    clip: bytes = b""
    cache: SoundCache = field(default_factory=SoundCache)

    async def prerender(self, make: Make, texts: tuple[str, ...]) -> None:
        """Make the sound of fixed sentences; where that fails it is empty, and a call tries again."""
        slots = asyncio.Semaphore(AT_ONCE)
        made = await asyncio.gather(*(self._prerendered(make, text, slots) for text in texts))
        self.prerendered = dict(zip(texts, made, strict=True))

    async def _prerendered(self, make: Make, text: str, slot: asyncio.Semaphore) -> bytes:
        if ready := await self.cache.find(text):
            return ready
        try:
            async with slot, asyncio.timeout(PRERENDER):
                pcm = b"".join([piece async for piece in make(text)])
            if len(pcm) < shortest(text):
                raise SynthesisError(f"{audio.seconds(pcm):.2f} s are too short")
        except FAILURES as error:
            from loguru import logger

            logger.warning("TTS_ERR no sound for {!r}: {}", text, error or type(error).__name__)
            return b""
        self.cache.put(text, pcm)
        return pcm


def shortest(text: str) -> int:
    """Bytes of PCM that speech of this text has at the very least: below that, synthesis failed."""
    return max(TOO_SHORT, LETTER * sum(map(str.isalnum, text)))


def longest(text: str) -> int:
    """Bytes of PCM that speech of this text has at the very most: beyond that, synthesis does not end by itself."""
    return DRAWL * (10 + len(text))
