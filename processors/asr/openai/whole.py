"""Recognition of whole utterances: one request for each.

Source: https://platform.openai.com/docs/api-reference/audio/createTranscription
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pipeline import audio
from pipeline.faults import KavError
from processors._shared.clean import clean
from processors._shared.openai_client import PlainErrors
from processors.asr.openai.settings import OpenAiSettings, hints

if TYPE_CHECKING:
    from openai import AsyncOpenAI


async def transcribe(client: AsyncOpenAI, settings: OpenAiSettings, language: str, pcm: bytes) -> str:
    """Return the words of an utterance, within the settings' `timeout`. Raises KavError."""
    try:
        async with asyncio.timeout(settings.timeout):
            with PlainErrors(settings):
                answer = await ask(client, settings, language, pcm)
    except TimeoutError as error:
        raise KavError(f"asr.openai: no words in {settings.timeout:g} s{_why(error)}") from None
    words = getattr(answer, "text", None)
    return clean(words) if isinstance(words, str) else ""


async def ask(client: AsyncOpenAI, settings: OpenAiSettings, language: str, pcm: bytes) -> object:
    """Return the server's answer to this sound; raises the client library's errors."""
    return await client.audio.transcriptions.create(
        model=settings.model,
        file=("turn.wav", audio.wav(pcm), "audio/wav"),
        response_format="json",
        extra_body={**hints(settings, language), **settings.extra},
    )


def _why(error: TimeoutError) -> str:
    return f": {error}" if str(error) else ""
