"""Recognition by OpenAI, or by a server that speaks its API: one request for each utterance."""

from __future__ import annotations

import asyncio
import importlib
import io
import wave
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from pipeline import audio
from pipeline.asr import Recognizer, RecognizerSettings
from pipeline.faults import KavError
from pipeline.frames import Transcript, Utterance
from pipeline.processor import doc
from pipeline.spec import Duration, Secret
from processors.asr._wording import clean


class OpenAIRecognizer(Recognizer):
    """Sends each utterance, once it is over, to OpenAI's transcriptions, or to those of a compatible server.

    Source: https://platform.openai.com/docs/api-reference/audio/createTranscription
    """

    imports = ("httpx2", "openai")

    class Settings(RecognizerSettings, frozen=True, kw_only=True):
        model: Annotated[str, doc("The provider's name of a model; which there are changes, so none is preset.")]
        key: Annotated[Secret, doc("The provider's key; blank for a server of your own that needs none.")] = Secret("")
        base_url: Annotated[str, doc("Where the API is, up to /v1; blank: OpenAI's own.")] = ""
        language: Annotated[str, doc("What callers speak, as BCP 47; blank: the config's language.")] = ""
        prompt: Annotated[str, doc("Words that callers are likely to say, as a sentence or a list.")] = ""
        timeout: Annotated[Duration, doc("How long after the turn's end the words are waited for.", 0.1, 9)] = 4.0
        connect_timeout: Annotated[Duration, doc("How long a connection may take.", 0.05, 9)] = 1.5

    settings: Settings

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: Any, phrases: tuple[str, ...], language: str) -> AsyncIterator[Any]:
        openai, http = importlib.import_module("openai"), importlib.import_module("httpx2")  # most of a second
        async with openai.AsyncOpenAI(
            api_key=settings.key.reveal() or "none",
            base_url=settings.base_url or None,
            max_retries=0,  # a turn has no time for them
            timeout=http.Timeout(settings.timeout, connect=settings.connect_timeout),
        ) as client:
            yield client, openai

    async def recognize(self, utterance: Utterance) -> AsyncGenerator[Transcript, None]:
        client, openai = self.shared
        language = self.settings.language or self.call.language
        hints = {"prompt": self.settings.prompt} if self.settings.prompt else {}
        try:
            async with asyncio.timeout(self.settings.timeout):
                answer = await client.audio.transcriptions.create(
                    model=self.settings.model,
                    file=("turn.wav", wav(utterance.pcm), "audio/wav"),
                    language=language.partition("-")[0].lower(),
                    response_format="json",
                    **hints,
                )
        except TimeoutError:
            raise KavError(f"asr.openai: no words in {self.settings.timeout:g} s") from None
        except openai.APIStatusError as error:
            raise KavError(f"asr.openai: HTTP {error.status_code}") from None  # its text may have the key in it
        except openai.OpenAIError as error:
            raise KavError(f"asr.openai: {type(error).__name__}") from None
        words = getattr(answer, "text", None)
        yield Transcript(utterance.turn, clean(words) if isinstance(words, str) else "", True, language)


def wav(pcm: bytes) -> bytes:
    """16-bit PCM at 8 kHz as a WAV file: the API takes no sound without a header."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(audio.RATE)
        sound.writeframes(pcm)
    return file.getvalue()
