"""A voice behind OpenAI's speech: OpenAI's own, or any compatible server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from pipeline import audio
from pipeline.faults import need
from pipeline.providers.probe import Probe
from pipeline.settings import Duration, Secret, doc
from pipeline.text import shorten
from pipeline.tts import SynthesisError, Voice, VoiceSettings
from processors._shared.openai_address import OPENAI, is_openai
from processors._shared.openai_client import (
    BaseUrl,
    Connect,
    Key,
    PlainErrors,
    ProviderFault,
    account_doubts,
    account_faults,
    account_lacks,
    client,
)
from processors._shared.openai_probe import asking, server_probe

if TYPE_CHECKING:
    from openai import AsyncOpenAI

need("openai", "openai", "openai")

LONGEST = 4096  # characters in a request
RATE = 24000  # Hz, of OpenAI's own pcm
NO_PCM = ("text/", "application/json", "audio/mpeg")  # content types without PCM
REFUSALS = (400, 401, 403, 404, 422)  # HTTP statuses that a second attempt would get again
HEADER = 128  # bytes; a WAV file's header is shorter


class OpenAiVoice(Voice):
    """Speaks with OpenAI's speech, streamed.

    Source: https://platform.openai.com/docs/guides/text-to-speech; pcm is 16-bit mono at 24 kHz without a header.
    """

    outside = "the network"
    imports = ("httpx2", "openai", "samplerate")

    class Settings(VoiceSettings, frozen=True, kw_only=True):
        model: Annotated[str, doc("The model's name, as the server knows it.", sample="${TTS_MODEL}")]
        voice: Annotated[str, doc("The voice's name, e.g. alloy.", sample="alloy")]
        key: Key = Secret("")
        base_url: BaseUrl = OPENAI
        speed: Annotated[float, doc("Speed; 1, or blank, is the voice's own.", 0.25, 4)] | None = None
        instructions: Annotated[str, doc("Manner of speaking, e.g. warmly; blank: the voice's own.")] = ""
        rate: Annotated[int, doc("Samples a second that the server sends, Hz.", 8000, 48000)] = RATE
        extra: Annotated[dict[str, Any], doc("More fields of the request's body.")] = {}
        connect: Connect = 1.0
        first_sound: Annotated[Duration, doc("How long the first sound may take.", 0.01, 60)] = 2.5
        gap: Annotated[Duration, doc("How long further sound may take.", 0.01, 60)] = 3.0

        def faults(self) -> Iterable[tuple[str, str]]:
            yield from account_faults(self)
            if is_openai(self.base_url) and self.rate != RATE:
                yield "rate", f"is {RATE} at api.openai.com; its sound would be too fast or too slow"

        def lacks(self) -> Iterable[tuple[str, str]]:
            return account_lacks(self, "TTS_MODEL")

        def doubts(self) -> Iterable[tuple[str, str]]:
            return account_doubts(self)

    settings: Settings

    @classmethod
    @asynccontextmanager
    async def engine(cls, settings: Settings, language: str) -> AsyncIterator[AsyncOpenAI]:
        async with client(settings) as opened:
            yield opened

    @classmethod
    def probe(cls, settings: Settings, language: str) -> Probe:
        asked = f"a word from {settings.voice} of {settings.model}"  # the server lists models, no voices
        return server_probe(settings, asked, partial(_word, settings))

    async def synthesize(self, text: str) -> AsyncGenerator[bytes, None]:
        for part in parts(text):
            resampler = audio.Resampler(self.settings.rate)
            try:
                async with aclosing(samples(self.ask(part))) as sound:
                    async for pcm in sound:
                        yield resampler.feed(pcm)
            except ProviderFault as error:
                raise SynthesisError(str(error), again=error.status not in REFUSALS) from None
            yield resampler.feed(b"", last=True)

    async def ask(self, text: str) -> AsyncGenerator[bytes, None]:
        """Yield the body of the server's answer as it comes. Raises ProviderFault and TimeoutError."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.settings.first_sound
        with PlainErrors(self.settings):
            async with AsyncExitStack() as stack:
                async with asyncio.timeout_at(deadline):
                    body = await stack.enter_async_context(spoken(self.shared.engine, self.settings, text))
                while True:
                    async with asyncio.timeout_at(deadline):
                        data = await anext(body, None)
                    if data is None:
                        return
                    yield data
                    deadline = loop.time() + self.settings.gap


@asynccontextmanager
async def spoken(client: AsyncOpenAI, settings: OpenAiVoice.Settings, text: str) -> AsyncIterator[AsyncIterator[bytes]]:
    """Ask for the sound of a text; yields the body's bytes as they come. Raises ProviderFault for other content."""
    create = client.audio.speech.with_streaming_response.create
    async with create(**parameters(settings, text)) as response:
        if (sent := response.headers.get("content-type", "")).startswith(NO_PCM):
            raise ProviderFault(f"the server sent {sent[:40]}, no pcm")
        yield response.iter_bytes()


async def _word(settings: OpenAiVoice.Settings) -> str:
    async with asking(settings) as opened, spoken(opened, settings, "OK.") as body:
        if not await anext(body, b""):
            raise ProviderFault("the server sent no sound")
    return "it was spoken"


def parameters(settings: OpenAiVoice.Settings, text: str) -> dict[str, Any]:
    """Return the request's parameters; optional ones only if set."""
    told = {"speed": settings.speed, "instructions": settings.instructions, "extra_body": settings.extra}
    chosen = {name: value for name, value in told.items() if value}
    return {"model": settings.model, "voice": settings.voice, "input": text, "response_format": "pcm", **chosen}


def parts(text: str) -> Iterator[str]:
    """Yield the text in parts of at most 4,096 characters, cut after words."""
    while text := text.strip():
        part = shorten(text, LONGEST) or text[:LONGEST]  # `shorten` leaves nothing of commas alone
        yield part
        text = text[len(part) :]


async def samples(body: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """Yield whole 16-bit samples of a body that is cut anywhere, without a WAV file's header."""
    held, begun = b"", False
    async with aclosing(body):
        async for data in body:
            held += data
            if not begun and b"RIFF".startswith(held[:4]) and len(held) < HEADER:
                continue
            held, begun = held if begun else _headless(held), True
            whole = len(held) & ~1
            if whole:
                yield held[:whole]
            held = held[whole:]
    if not begun and len(held) > 1:
        yield _headless(held)[: len(held) & ~1]


def _headless(data: bytes) -> bytes:
    """Return the data after a WAV file's header; data without one as it is."""
    at = data.find(b"data", 12, HEADER) if data.startswith(b"RIFF") else -1
    return data[at + 8 :] if at >= 0 else data
