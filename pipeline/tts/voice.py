"""What every voice does on a call: speak each piece of a reply in turn, and never leave one unspoken."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

from pipeline import audio
from pipeline.events import VoiceFailed
from pipeline.settings import StepSettings
from pipeline.text import normalise
from pipeline.tts.cache import MB, SoundCache, fingerprint
from pipeline.tts.lookahead import JITTER
from pipeline.tts.shared import SharedVoice, SynthesisError, VoiceSettings, longest, shortest
from pipeline.tts.speaker import Speaker

PATIENCE = 3.0  # seconds without more of a sound that has begun, after which synthesis has failed
RETRY = 2.0  # seconds that a second attempt gets at least


class Voice(Speaker):
    """Speaks a reply piece by piece; if synthesis fails: again, the fallback voices, the clip, a beep."""

    Settings: ClassVar[type[StepSettings]] = VoiceSettings
    trips = 2  # failures in a row, as many as a piece is worth trying
    settings: Any
    shared: SharedVoice

    @abstractmethod
    def synthesize(self, text: str) -> AsyncGenerator[bytes, None]:
        """Yield the sound of a text, PCM in pieces of any length; uses `settings` and `shared.engine` alone.

        The fixed phrases are spoken before the first call: neither this nor `begin` has a `call` then.

        Raises SynthesisError if it cannot; any other error is a fault of the call.
        """

    def patience(self, text: str) -> float:
        """Seconds to wait for the first sound of a text."""
        return float(self.settings.first_timeout)

    @classmethod
    @asynccontextmanager
    async def engine(cls, settings: Any, language: str) -> AsyncIterator[Any]:
        """Open what synthesis needs: a library, a client."""
        yield None

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: Any, phrases: tuple[str, ...], language: str) -> AsyncIterator[SharedVoice]:
        async with AsyncExitStack() as stack:
            shared = SharedVoice(await stack.enter_async_context(cls.engine(settings, language)))
            shared.clip = await asyncio.to_thread(audio.read_wav, settings.clip) if settings.clip else b""
            same = frozenset(VoiceSettings.__struct_fields__)  # whatever they say, the voice sounds the same
            folder = Path(settings.cache) if settings.cache else None
            shared.cache = SoundCache(fingerprint(cls, settings, language, same), folder, disk=settings.cache_mb * MB)
            await stack.enter_async_context(shared.cache)
            voice = cls(settings, shared)
            voice.begin()
            await shared.prerender(voice.synthesize, phrases)
            yield shared

    def ready(self, text: str) -> bytes:
        return self.shared.prerendered.get(text) or self.shared.cache.get(text)

    async def sound(self, text: str) -> AsyncGenerator[bytes, None]:
        """The sound of a piece, from the first source that has any; none if there is nothing to speak in it."""
        if not normalise(text):
            return
        if kept := await self.shared.cache.find(text):
            yield kept
            return
        hopeless: set[Voice] = set()
        for voice, patience in self._sources(text):
            if voice in hopeless:
                continue
            heard = False
            with self.attempt():
                async with aclosing(self._spoken_by(voice, text, patience, hopeless)) as pieces:
                    async for pcm in pieces:
                        heard = True
                        yield pcm
            if heard:
                return
            self.call.log.warning("TTS_ERR no sound from {}", type(voice).__name__)
            self.call.tell(VoiceFailed(voice.breaker.provider))
        yield self.shared.clip or audio.beep()

    def _sources(self, text: str) -> Iterator[tuple[Voice, float]]:
        """The voices to ask in turn, this one twice, and how many seconds each has for its first sound."""
        for voice in self.providers():
            patience = voice.patience(text)
            yield voice, patience
            if voice is self and (not self.spares or self.breaker.lets(self.now)):
                yield self, max(patience, RETRY)

    async def _spoken_by(
        self, voice: Voice, text: str, patience: float, hopeless: set[Voice]
    ) -> AsyncGenerator[bytes, None]:
        """Yield one voice's sound once it has enough to be speech; nothing on failure or timeout."""
        if ready := await voice.shared.cache.find(text):
            yield ready
            return
        made, given, enough = b"", 0, min(shortest(text), JITTER)
        try:
            with voice.trial() as trial:
                async with asyncio.timeout(patience) as waiting, aclosing(voice.synthesize(text)) as pieces:
                    async for pcm in pieces:
                        made += pcm
                        if len(made) > longest(text):
                            raise SynthesisError(f"no end after {audio.seconds(made):.0f} s", again=False)
                        if len(made) >= enough:
                            waiting.reschedule(self.now + PATIENCE)
                            trial.worked()
                            yield made[given:]
                            given, enough = len(made), len(made) + 1
        except (SynthesisError, TimeoutError) as error:
            self.call.log.warning("TTS_ERR {}: {}", type(voice).__name__, error or f"silent for {patience:g} s")
            if isinstance(error, SynthesisError) and not error.again:
                hopeless.add(voice)
            return
        if len(made) >= 2 * shortest(text):
            voice.shared.cache.put(text, made)
