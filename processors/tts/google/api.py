"""The client of Google Text-to-Speech: its channel, its quota, and its errors as SynthesisError."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from pipeline.faults import clipped
from pipeline.providers import quota
from pipeline.tts import SynthesisError
from pipeline.tts.containers import NotSound
from processors._shared.google_account import UNPROXIED, authorize
from processors.tts.google.settings import GoogleVoiceSettings

HOST = "texttospeech.googleapis.com"
PER_MINUTE, PER_MINUTE_STREAMED = 1000, 200  # requests, a new project's quotas; the second is Chirp 3's
TOO_MUCH = 5.0  # seconds without requests after Google has answered that there were too many
FINAL = ("INVALID_ARGUMENT", "PERMISSION_DENIED", "UNAUTHENTICATED", "NOT_FOUND", "RESOURCE_EXHAUSTED", "UNIMPLEMENTED")
SHOWN = 160  # characters of Google's message in an error


@dataclass
class Engine:
    """The client with its one channel, its message classes, and the quota: shared by all calls."""

    client: Any
    api: Any
    failures: tuple[type[Exception], ...]  # the classes of Google's errors
    language: str
    limiter: quota.Limiter
    streamed: bool


@asynccontextmanager
async def opened(settings: GoogleVoiceSettings, language: str) -> AsyncIterator[Engine]:
    """Open the client. Raises KavError if there are no credentials for it."""
    from google.api_core.exceptions import GoogleAPICallError
    from google.auth.exceptions import GoogleAuthError
    from google.cloud import texttospeech_v1 as api
    from grpc.aio import AioRpcError

    failures = (GoogleAPICallError, GoogleAuthError, AioRpcError)
    client = await _client(api, settings)
    async with client:
        yield Engine(client, api, failures, settings.spoken(language), _limiter(settings), settings.streamed)


def _limiter(settings: GoogleVoiceSettings) -> quota.Limiter:
    streamed = settings.streamed
    rate = settings.per_minute or (PER_MINUTE_STREAMED if streamed else PER_MINUTE)
    name = f"tts.google {settings.endpoint}".strip()
    return quota.shared(name, rate, settings.sessions if streamed else 0, str(settings.credentials))


async def _client(api: Any, settings: GoogleVoiceSettings) -> Any:
    client = api.TextToSpeechAsyncClient
    if settings.insecure:
        from grpc.aio import insecure_channel

        channel = insecure_channel(settings.endpoint, options=[UNPROXIED])
        return client(transport=client.get_transport_class("grpc_asyncio")(channel=channel))
    found, _ = await asyncio.to_thread(authorize, settings)
    return client(credentials=found, client_options={"api_endpoint": settings.endpoint or None})


@contextmanager
def synthesis_errors(engine: Engine) -> Iterator[None]:
    """Raise Google's errors and the decoder's as SynthesisError; after too many requests, let the quota rest."""
    try:
        yield
    except quota.Exhausted as error:
        raise SynthesisError(str(error), again=False) from None
    except NotSound as error:
        raise SynthesisError(str(error)) from None
    except engine.failures as error:
        name = status(error)
        if name == "RESOURCE_EXHAUSTED":
            engine.limiter.rest(TOO_MUCH)
        raise SynthesisError(f"{name} {clipped(str(error), SHOWN)}", name not in FINAL) from None


def status(error: Exception) -> str:
    """Return the name of an error's gRPC status, e.g. UNAVAILABLE; without one, the name of its class."""
    code: Any = getattr(error, "grpc_status_code", None) or getattr(error, "code", None)
    code = code() if callable(code) else code
    return str(getattr(code, "name", "") or type(error).__name__)
