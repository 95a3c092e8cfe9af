"""A voice behind OpenAI's speech: OpenAI's own, or any compatible server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from pipeline.faults import need
from pipeline.providers.probe import Probe
from pipeline.settings import Duration, Secret, doc
from pipeline.text import shorten
from pipeline.tts import SynthesisError, Voice, VoiceSettings
from pipeline.tts.containers import NotSound
from pipeline.tts.decoder import Decoder
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
REFUSALS = (400, 401, 403, 404, 422)  # HTTP statuses that a second attempt would get again


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
            try:
                async with aclosing(self.ask(part)) as sound:
                    async for pcm in sound:
                        yield pcm
            except ProviderFault as error:
                raise SynthesisError(str(error), again=error.status not in REFUSALS) from None

    async def ask(self, text: str) -> AsyncGenerator[bytes, None]:
        """Yield the sound of the server's answer as it comes. Raises ProviderFault, NotSound and TimeoutError."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.settings.first_sound
        with PlainErrors(self.settings):
            async with AsyncExitStack() as stack:
                async with asyncio.timeout_at(deadline):
                    decoder, body = await stack.enter_async_context(spoken(self.shared.engine, self.settings, text))
                while True:
                    async with asyncio.timeout_at(deadline):
                        data = await anext(body, None)
                    if data is None:
                        yield decoder.feed(b"", last=True)
                        return
                    yield decoder.feed(data)
                    deadline = loop.time() + self.settings.gap


@asynccontextmanager
async def spoken(
    client: AsyncOpenAI, settings: OpenAiVoice.Settings, text: str
) -> AsyncIterator[tuple[Decoder, AsyncIterator[bytes]]]:
    """Ask for the sound of a text; yields the decoder of the body, and its bytes as they come."""
    create = client.audio.speech.with_streaming_response.create
    async with create(**parameters(settings, text)) as response:
        yield Decoder.of_type(response.headers.get("content-type", ""), settings.rate), response.iter_bytes()


async def _word(settings: OpenAiVoice.Settings) -> str:
    async with asking(settings) as opened, spoken(opened, settings, "OK.") as (decoder, body):
        try:
            while data := await anext(body, b""):
                if decoder.feed(data):
                    return "it was spoken"
            if decoder.feed(b"", last=True):
                return "it was spoken"
        except NotSound as error:
            raise ProviderFault(f"the server sent {error}") from None
    raise ProviderFault("the server sent no sound")


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
