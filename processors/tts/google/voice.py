"""Google's voices, whole sentences or streamed, over Google's own client."""

from __future__ import annotations

import unicodedata
from asyncio import InvalidStateError
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

from pipeline import audio
from pipeline.faults import need
from pipeline.providers.probe import Probe
from pipeline.text import sentences
from pipeline.tts import SynthesisError, Voice, shortest
from pipeline.tts.decoder import Decoder
from processors.tts.google.api import Engine, opened, synthesis_errors
from processors.tts.google.probe import voice_probe
from processors.tts.google.settings import GoogleVoiceSettings

need("google", "google-cloud-texttospeech", "google.cloud.texttospeech")

LIMIT = 5000  # bytes of text in a request; a Hebrew letter has two
PER_LETTER = 0.005  # seconds that a letter adds to the delay of a voice that is not streamed
QUEUE = 0.5  # share of the first sound's time that a request may wait for the quota


class GoogleVoice(Voice):
    """Speaks with Google Text-to-Speech; a voice that can be streamed is heard from its first piece on."""

    outside = "the network"
    imports = ("google.cloud.texttospeech_v1", "samplerate")

    Settings = GoogleVoiceSettings
    settings: GoogleVoiceSettings

    @classmethod
    @asynccontextmanager
    async def engine(cls, settings: GoogleVoiceSettings, language: str) -> AsyncIterator[Engine]:
        async with opened(settings, language) as engine:
            yield engine

    @classmethod
    def probe(cls, settings: GoogleVoiceSettings, language: str) -> Probe:
        return voice_probe(settings, language)

    def patience(self, text: str) -> float:
        whole = 0.0 if self.shared.engine.streamed else PER_LETTER * len(text)
        return self.settings.first_timeout + whole

    def synthesize(self, text: str) -> AsyncGenerator[bytes, None]:
        speak = self._streamed if self.shared.engine.streamed else self._whole
        return speak(self.shared.engine, pieces(speakable(text)))

    def _slot(self, engine: Engine) -> AbstractAsyncContextManager[None]:
        return engine.limiter.slot(QUEUE * self.settings.first_timeout)

    async def _whole(self, engine: Engine, texts: list[str]) -> AsyncGenerator[bytes, None]:
        asked = {"voice": self._voice(engine), "audio_config": self._format(), "timeout": self.settings.timeout}
        for text in texts:
            with synthesis_errors(engine):
                async with self._slot(engine):
                    answer = await engine.client.synthesize_speech(input={"text": text}, **asked)
                pcm = Decoder(self.settings.encoding).feed(answer.audio_content, last=True)
            if len(pcm) < shortest(text):
                raise SynthesisError(f"{audio.seconds(pcm):.2f} s of sound for {len(text)} characters")
            yield pcm

    async def _streamed(self, engine: Engine, texts: list[str]) -> AsyncGenerator[bytes, None]:
        message, decoder = engine.api.StreamingSynthesizeRequest, Decoder(self.settings.encoding)
        with synthesis_errors(engine):
            async with self._slot(engine):
                call = await engine.client.streaming_synthesize(timeout=self.settings.timeout)
                try:
                    with suppress(*engine.failures, InvalidStateError):  # of a refused call: reading raises the reason
                        await call.write(message(streaming_config=self._stream_format(engine)))
                        for text in texts:
                            await call.write(message(input={"text": text}))
                        await call.done_writing()
                    async for answer in call:
                        if pcm := decoder.feed(answer.audio_content):
                            yield pcm
                    yield decoder.feed(b"", last=True)
                finally:
                    call.cancel()

    def _voice(self, engine: Engine) -> dict[str, str]:
        said = {"language_code": engine.language, "name": self.settings.voice, "model_name": self.settings.model}
        return {name: text for name, text in said.items() if text}

    def _stream_format(self, engine: Engine) -> dict[str, Any]:
        encoding = "PCM" if self.settings.encoding == "linear16" else "MULAW"
        sound = {"audio_encoding": encoding, "sample_rate_hertz": audio.RATE}
        return {
            "voice": self._voice(engine),
            "streaming_audio_config": {**sound, "speaking_rate": self.settings.speaking_rate},
        }

    def _format(self) -> dict[str, Any]:
        settings = self.settings
        return {
            "audio_encoding": settings.encoding.upper(),
            "sample_rate_hertz": audio.RATE,
            "speaking_rate": settings.speaking_rate,
            "pitch": settings.pitch,
            "volume_gain_db": settings.volume_gain,
            "effects_profile_id": settings.effects,
        }


def speakable(text: str) -> str:
    """Return the text without control characters, surrogates and unassigned ones, its white space single."""
    kept = "".join(" " if unicodedata.category(char) in ("Cc", "Cs", "Cn", "Co") else char for char in text)
    return " ".join(kept.split())


def pieces(text: str, limit: int = LIMIT) -> list[str]:
    """Split text into pieces of at most `limit` bytes of UTF-8, between sentences; between words if one is too long."""
    found: list[str] = []
    for part in _parts(sentences(text), limit):
        joined = f"{found[-1]} {part}" if found else part
        if found and len(joined.encode()) <= limit:
            found[-1] = joined
        else:
            found.append(part)
    return found


def _parts(units: Iterable[str], limit: int) -> Iterable[str]:
    for unit in units:
        if len(unit.encode()) <= limit:
            yield unit
        elif " " in unit:
            yield from _parts(unit.split(), limit)
        else:
            size = max(1, limit // 4)  # no character has more than four bytes
            yield from (unit[at : at + size] for at in range(0, len(unit), size))
