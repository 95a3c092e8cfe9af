"""Google's voices, whole sentences or streamed, over its own client."""

from __future__ import annotations

import asyncio
import unicodedata
from asyncio import InvalidStateError
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pipeline import audio
from pipeline.faults import clipped
from pipeline.providers import quota
from pipeline.providers.probe import Probe
from pipeline.settings import Duration, doc
from pipeline.text import sentences
from pipeline.tts import SynthesisError, Voice, VoiceSettings, shortest
from processors._shared.google_account import Credentials, account_faults, account_lacks, authorize
from processors._shared.wav import Decoder
from processors.tts.google import names as google
from processors.tts.google.probe import voice_probe

LIMIT = 5000  # bytes of text in a request; Hebrew has two to a letter
PER_LETTER = 0.005  # seconds that a letter adds to the answer of a voice that answers whole
PER_MINUTE, PER_MINUTE_STREAMED, SESSIONS = 1000, 200, 100  # a new project's quotas; the second is Chirp 3's
QUEUE = 0.5  # share of the first sound's time that may pass in the queue for the quota
TOO_MUCH = 5.0  # seconds that the provider is left alone once it has said that it was too much
FINAL = ("INVALID_ARGUMENT", "PERMISSION_DENIED", "UNAUTHENTICATED", "NOT_FOUND", "RESOURCE_EXHAUSTED", "UNIMPLEMENTED")
SHOWN = 160  # characters of what Google says about an error


@dataclass
class Engine:
    """What all calls share: the client with its one channel, the client's messages, the quota."""

    client: Any
    api: Any
    failures: tuple[type[Exception], ...]
    language: str
    limiter: quota.Limiter
    streamed: bool


class GoogleVoice(Voice):
    """Speaks with Google's Text-to-Speech; a voice that can be streamed is heard from its first piece on."""

    outside = "the network"
    imports = ("google.cloud.texttospeech_v1", "samplerate")

    class Settings(VoiceSettings, frozen=True, kw_only=True):
        voice: Annotated[str, doc("Google's name of the voice, e.g. he-IL-Wavenet-A; blank: any of the language.")] = ""
        language: Annotated[str, doc("BCP 47; blank: the voice's own, or the call's.")] = ""
        model: Annotated[str, doc("Model of a Gemini voice, e.g. gemini-2.5-flash-tts.")] = ""
        mode: Annotated[
            Literal["auto", "unary", "streaming"], doc("Whole sentences or a stream; auto: a stream if the voice can.")
        ] = "auto"
        encoding: Annotated[Literal["mulaw", "linear16"], doc("How the sound is sent here.")] = "mulaw"
        speaking_rate: Annotated[float, doc("Speed; 1 is the voice's own.", 0.25, 2)] = 0.96
        pitch: Annotated[float, doc("Semitones; not for Chirp, not streamed.", -20, 20)] = 0.0
        volume_gain: Annotated[float, doc("Loudness, dB; not streamed.", -96, 16)] = 0.0
        effects: Annotated[tuple[str, ...], doc("What the sound is shaped for; not streamed.")] = (
            "telephony-class-application",
        )
        endpoint: Annotated[str, doc("Host of another region, e.g. eu-texttospeech.googleapis.com.")] = ""
        insecure: Annotated[bool, doc("Connect to `endpoint` without TLS or credentials: a stand-in.")] = False
        credentials: Credentials = None
        timeout: Annotated[Duration, doc("A request that takes longer has failed.", 0.1, 300)] = 30.0
        first_timeout: Annotated[Duration, doc("Without a sound for so long, it has failed.", 0.1, 60)] = 1.5
        per_minute: Annotated[int, doc("Requests a minute, of all calls; 0: by the kind of voice.", 0, 100_000)] = 0
        sessions: Annotated[int, doc("Streams at a time, of all calls.", 1, 10_000)] = SESSIONS

        def faults(self) -> Iterator[tuple[str, str]]:
            prefix = google.PREFIX.match(self.voice)
            if self.insecure and not self.endpoint:
                yield "insecure", "needs an `endpoint`: Google itself speaks TLS only"
            if self.language and prefix and prefix[0].lower() != self.language.lower():
                yield "language", f"is not that of the voice, {prefix[0]}"
            if self.mode == "streaming" and self.voice and not google.streams(self.voice, self.model):
                yield "mode", "cannot be streaming: only Chirp 3 HD, Journey and Gemini voices can"
            yield from account_faults(self)

        def lacks(self) -> Iterable[tuple[str, str]]:
            return account_lacks(self)

        @property
        def streamed(self) -> bool:
            """Whether sound comes as a stream."""
            return self.mode == "streaming" or (self.mode == "auto" and google.streams(self.voice, self.model))

    settings: Settings

    @classmethod
    @asynccontextmanager
    async def engine(cls, settings: Settings, language: str) -> AsyncIterator[Engine]:
        from google.api_core.exceptions import GoogleAPICallError
        from google.auth.exceptions import GoogleAuthError
        from google.cloud import texttospeech_v1 as api
        from grpc.aio import AioRpcError

        streamed = settings.streamed
        rate = settings.per_minute or (PER_MINUTE_STREAMED if streamed else PER_MINUTE)
        name = f"tts.google {settings.endpoint}".strip()
        limit = quota.shared(name, rate, settings.sessions if streamed else 0, str(settings.credentials))
        client = await _client(api, settings)
        async with client:
            yield Engine(
                client,
                api,
                (GoogleAPICallError, GoogleAuthError, AioRpcError),
                google.language(settings, language),
                limit,
                streamed,
            )

    @classmethod
    def probe(cls, settings: Settings, language: str) -> Probe:
        return voice_probe(settings, language, cls.engine)

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
            with _failures(engine):
                async with self._slot(engine):
                    answer = await engine.client.synthesize_speech(input={"text": text}, **asked)
                pcm = Decoder(self.settings.encoding).feed(answer.audio_content, last=True)
            if len(pcm) < shortest(text):
                raise SynthesisError(f"{audio.seconds(pcm):.2f} s of sound for {len(text)} characters")
            yield pcm

    async def _streamed(self, engine: Engine, texts: list[str]) -> AsyncGenerator[bytes, None]:
        message, decoder = engine.api.StreamingSynthesizeRequest, Decoder(self.settings.encoding)
        with _failures(engine):
            async with self._slot(engine):
                call = await engine.client.streaming_synthesize(timeout=self.settings.timeout)
                try:
                    with suppress(*engine.failures, InvalidStateError):  # of a call that was refused: reading tells why
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


async def _client(api: Any, settings: GoogleVoice.Settings) -> Any:
    """The client with its channel; raises KavError if there are no credentials for it."""
    client = api.TextToSpeechAsyncClient
    if settings.insecure:
        from grpc.aio import insecure_channel

        return client(transport=client.get_transport_class("grpc_asyncio")(channel=insecure_channel(settings.endpoint)))
    found, _ = await asyncio.to_thread(authorize, settings)
    return client(credentials=found, client_options={"api_endpoint": settings.endpoint or None})


def speakable(text: str) -> str:
    """The text without what cannot be spoken: control characters, halves of characters, runs of white space."""
    kept = "".join(" " if unicodedata.category(char) in ("Cc", "Cs", "Cn", "Co") else char for char in text)
    return " ".join(kept.split())


def pieces(text: str, limit: int = LIMIT) -> list[str]:
    """The text in pieces of at most `limit` bytes, cut between sentences; between words if one is too long."""
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


@contextmanager
def _failures(engine: Engine) -> Iterator[None]:
    """Raise Google's errors and the decoder's as SynthesisError; after too many requests the quota rests."""
    try:
        yield
    except quota.Exhausted as error:
        raise SynthesisError(str(error), again=False) from None
    except ValueError as error:  # of the decoder
        raise SynthesisError(str(error)) from None
    except engine.failures as error:
        status = google.status(error)
        if status == "RESOURCE_EXHAUSTED":
            engine.limiter.rest(TOO_MUCH)
        raise SynthesisError(f"{status} {clipped(str(error), SHOWN)}", status not in FINAL) from None
