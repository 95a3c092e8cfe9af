"""A voice of ElevenLabs, streamed as 8 kHz mu-law: the telephone's own format, which needs no conversion of rate."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Annotated, Any

import msgspec
from aiohttp import ClientError, ClientSession, ClientTimeout

from kav import Duration, Secret, SynthesisError, Voice, VoiceSettings, doc
from kav.audio import decode

REFUSALS = (400, 401, 403, 404, 422)  # another attempt at the same text would fail as well


class ElevenLabs(Voice):
    """Speaks with a voice of ElevenLabs.

    Source: https://elevenlabs.io/docs/api-reference/streaming
    """

    outside = "the network"

    class Settings(VoiceSettings, frozen=True, kw_only=True):
        key: Annotated[Secret, doc("The API key.", sample="${ELEVENLABS_API_KEY}")]
        voice: Annotated[str, doc("The voice's id.", sample="${ELEVENLABS_VOICE}")]
        model: Annotated[str, doc("The model's id.")] = "eleven_flash_v2_5"
        connect: Annotated[Duration, doc("How long it may take to reach the server.", 0.1, 30)] = 2.0
        url: Annotated[str, doc("The server's address.")] = "https://api.elevenlabs.io"

        def lacks(self) -> Iterable[tuple[str, str]]:
            if not self.key:
                yield "key", "is blank; set the variable ELEVENLABS_API_KEY"
            if not self.voice:
                yield "voice", "is blank; set the variable ELEVENLABS_VOICE"

    settings: Settings

    @classmethod
    @asynccontextmanager
    async def engine(cls, settings: Any, language: str) -> AsyncIterator[ClientSession]:
        limit = ClientTimeout(total=None, sock_connect=settings.connect)  # the time of the sound is the voice's own
        async with ClientSession(timeout=limit) as session:
            yield session

    async def synthesize(self, text: str) -> AsyncGenerator[bytes, None]:
        settings = self.settings
        try:
            async with self.shared.engine.post(
                f"{settings.url}/v1/text-to-speech/{settings.voice}/stream",
                params={"output_format": "ulaw_8000"},
                json={"text": text, "model_id": settings.model},
                headers={"xi-api-key": settings.key.reveal()},
            ) as response:
                if response.status != 200:
                    again = response.status not in REFUSALS
                    raise SynthesisError(f"{response.status} {problem(await response.read())}", again)
                async for ulaw in response.content.iter_any():
                    yield decode(ulaw)
        except ClientError as error:
            raise SynthesisError(f"the connection failed: {type(error).__name__}") from None


def problem(answer: bytes) -> str:
    """Return the message of an error's body, in a line of 200 characters at most."""
    try:
        detail = msgspec.json.decode(answer)["detail"]
        text = str(detail["message"] if isinstance(detail, dict) else detail)
    except (msgspec.DecodeError, KeyError, TypeError):
        text = answer.decode(errors="replace")
    return " ".join(text.split())[:200]
