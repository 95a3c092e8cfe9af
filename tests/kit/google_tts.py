"""Requests to the stand-in of Google's voices."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from google.api_core.exceptions import GoogleAPICallError
from google.cloud import texttospeech_v1 as google
from grpc.aio import insecure_channel

from pipeline.standins.google_tts import GoogleTts, Script
from tests.kit.alone import run

QUICK = {"delay": 0.0, "per_character": 0.0, "first": 0.0, "pace": 1000.0}
WAVENET, CHIRP = "he-IL-Wavenet-A", "he-IL-Chirp3-HD-Kore"


@asynccontextmanager
async def connected(**script: Any) -> AsyncIterator[Any]:
    """The stand-in and a client of it."""
    async with GoogleTts(Script(**{**QUICK, **script})) as server:
        transport = google.TextToSpeechAsyncClient.get_transport_class("grpc_asyncio")
        async with google.TextToSpeechAsyncClient(
            transport=transport(channel=insecure_channel(server.target))
        ) as client:
            yield server, client


def ask(
    client: Any,
    text: str = "שלום",
    voice: str = WAVENET,
    encoding: str = "LINEAR16",
    rate: int = 8000,
    language: str = "he-IL",
    **config: Any,
) -> Any:
    return client.synthesize_speech(
        input={"text": text},
        voice={"language_code": language, "name": voice},
        audio_config={"audio_encoding": encoding, "sample_rate_hertz": rate, **config},
    )


async def stream(client: Any, *texts: str, voice: str = CHIRP, encoding: str = "MULAW") -> list[bytes]:
    """What a stream of texts answers, piece by piece."""

    sound = {"audio_encoding": encoding, "sample_rate_hertz": 8000}
    config = {"voice": {"language_code": "he-IL", "name": voice}, "streaming_audio_config": sound}
    call = await client.streaming_synthesize()
    await call.write(google.StreamingSynthesizeRequest(streaming_config=config))
    for text in texts:
        await call.write(google.StreamingSynthesizeRequest(input={"text": text}))
    await call.done_writing()
    return [answer.audio_content async for answer in call]


def answered(question: Callable[..., Any], **script: Any) -> tuple[Any, GoogleTts]:
    """What `question(client)` gives, or the name of the status with which it failed; and the server."""

    async def main() -> tuple[Any, GoogleTts]:
        async with connected(**script) as (server, client):
            try:
                return await question(client), server
            except GoogleAPICallError as error:
                return error.grpc_status_code.name, server

    return run(main())
