"""What the calls of a voice share, and what is the same for every voice: its settings, its error, its fixed phrases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from pipeline import audio
from pipeline.catalog import Steps
from pipeline.settings import Duration, FilePath, StepSettings, doc
from pipeline.tts.cache import PhraseCache

TOO_SHORT = 400  # bytes of PCM, 25 ms: less than this is no speech
LETTER = 160  # bytes of PCM, 10 ms: half of what a letter takes at the fastest; less is no speech of so many letters
DRAWL = 16_000  # bytes of PCM, 1 s: no voice takes as long for a letter; more is no speech of so many letters
REHEARSAL = 10.0  # seconds that a fixed phrase may take before the first call
ROOMS = 4  # fixed phrases that are made at a time

Make = Callable[[str], AsyncGenerator[bytes, None]]


class SynthesisError(RuntimeError):
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
class Studio:
    """What all calls of a voice share: its engine, and the sound of what was said before."""

    engine: Any
    phrases: dict[str, bytes] = field(default_factory=dict)
    clip: bytes = b""
    cache: PhraseCache = field(default_factory=PhraseCache)

    async def rehearse(self, make: Make, phrases: tuple[str, ...]) -> None:
        """Make the sound of the fixed phrases; where that fails it is empty, and a call tries again."""
        rooms = asyncio.Semaphore(ROOMS)
        made = await asyncio.gather(*(self._rehearsed(make, text, rooms) for text in phrases))
        self.phrases = dict(zip(phrases, made, strict=True))

    async def _rehearsed(self, make: Make, text: str, room: asyncio.Semaphore) -> bytes:
        if ready := await self.cache.find(text):
            return ready
        try:
            async with room, asyncio.timeout(REHEARSAL):
                pcm = b"".join([piece async for piece in make(text)])
            if len(pcm) < shortest(text):
                raise SynthesisError(f"{audio.seconds(pcm):.2f} s are too short")
        except (OSError, ValueError, RuntimeError) as error:
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
