"""Recognition by OpenAI, or by a server with its API: one request for each utterance."""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from pipeline import audio
from pipeline.asr import Recognizer, RecognizerSettings
from pipeline.faults import KavError
from pipeline.frames import Transcript, Utterance
from pipeline.providers.probe import Probe
from pipeline.settings import Duration, Secret, doc
from processors._shared.clean import clean
from processors._shared.openai_client import OPENAI, BaseUrl, Key, PlainErrors, account_faults, account_lacks, client
from processors._shared.openai_probe import model_probe

if TYPE_CHECKING:
    from openai import AsyncOpenAI


class OpenAiRecognizer(Recognizer):
    """Sends each utterance, once it is over, to OpenAI's transcriptions, or to those of a compatible server.

    Source: https://platform.openai.com/docs/api-reference/audio/createTranscription
    """

    outside = "the network"
    imports = ("httpx2", "openai")

    class Settings(RecognizerSettings, frozen=True, kw_only=True):
        model: Annotated[
            str,
            doc("The provider's name of a model; models change, so none is preset.", sample="${ASR_MODEL}"),
        ]
        key: Key = Secret("")
        base_url: BaseUrl = OPENAI
        language: Annotated[str, doc("The callers' language, as BCP 47; blank: the config's language.")] = ""
        prompt: Annotated[str, doc("Words that callers are likely to say, as a sentence or a list.")] = ""
        timeout: Annotated[Duration, doc("Time limit for the transcript, from the turn's end.", 0.1, 9)] = 4.0
        connect_timeout: Annotated[Duration, doc("Time limit for a connection.", 0.05, 9)] = 1.5

        def faults(self) -> Iterable[tuple[str, str]]:
            yield from account_faults(self)

        def lacks(self) -> Iterable[tuple[str, str]]:
            return account_lacks(self)

        @property
        def connect(self) -> float:
            """The connection's time limit, seconds, under the name that the shared client reads."""
            return self.connect_timeout

    settings: Settings
    shared: AsyncOpenAI

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: Settings, phrases: tuple[str, ...], language: str) -> AsyncIterator[AsyncOpenAI]:
        async with client(settings) as opened:
            yield opened

    @classmethod
    def probe(cls, settings: Settings, language: str) -> Probe:
        spoken = settings.language or language
        return model_probe(settings, partial(ask, settings=settings, language=spoken, pcm=bytes(audio.RATE)))

    async def recognize(self, utterance: Utterance) -> AsyncGenerator[Transcript, None]:
        language = self.settings.language or self.call.language
        try:
            async with asyncio.timeout(self.settings.timeout):
                with PlainErrors(self.settings.key):
                    answer = await ask(self.shared, self.settings, language, utterance.pcm)
        except TimeoutError:
            raise KavError(f"asr.openai: no words in {self.settings.timeout:g} s") from None
        words = getattr(answer, "text", None)
        yield Transcript(utterance.turn, clean(words) if isinstance(words, str) else "", True, language)


async def ask(client: AsyncOpenAI, settings: OpenAiRecognizer.Settings, language: str, pcm: bytes) -> object:
    """Return the server's answer to this sound; raises the client library's errors."""
    hints: dict[str, Any] = {"prompt": settings.prompt} if settings.prompt else {}
    return await client.audio.transcriptions.create(
        model=settings.model,
        file=("turn.wav", wav(pcm), "audio/wav"),
        language=language.partition("-")[0].lower(),
        response_format="json",
        **hints,
    )


def wav(pcm: bytes) -> bytes:
    """Wrap 16-bit PCM at 8 kHz as a WAV file: the API takes no sound without a header."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(audio.RATE)
        sound.writeframes(pcm)
    return file.getvalue()
