"""The probe of Google's Speech-to-Text: recognises a little silence, as the API has no call that only reads."""

from __future__ import annotations

import importlib
from asyncio import InvalidStateError
from contextlib import suppress
from functools import partial
from typing import Any

from pipeline import audio
from pipeline.providers.probe import Probe
from processors._shared.google_errors import refused, words
from processors.asr.google.api import MODELS, GoogleSpeech
from processors.asr.google.settings import GoogleSettings
from processors.asr.google.stream import REFUSAL, ended

SILENCE = 0.1  # seconds of sound to recognise


def speech_probe(settings: GoogleSettings, language: str) -> Probe:
    """Return the probe that opens a stream with the step's own first message, and ends it."""
    importlib.import_module(f"google.cloud.speech_{settings.api}")
    spoken = settings.language or language
    asked = f"a recognition of {spoken} by {settings.model or MODELS[settings.api]}"
    address = settings.api, settings.location, settings.recognizer, settings.project, settings.endpoint
    return Probe(asked, (asked, *address, settings.credentials), partial(_recognise, settings, language))


async def _recognise(settings: GoogleSettings, language: str) -> str:
    speech = GoogleSpeech(settings, language)
    await speech.open()
    call: Any = speech.channel.transport.streaming_recognize()
    try:
        with suppress(speech.grpc.RpcError, InvalidStateError):  # the stream was refused; reading it tells the reason
            await call.write(speech.first)
            await ended(call, REFUSAL)
            await call.write(speech.audio(audio.encode(bytes(round(SILENCE * audio.RATE) * 2))))
            await call.done_writing()
        while await call.read() is not speech.grpc.aio.EOF:
            pass
        if (code := await call.code()) is not speech.grpc.StatusCode.OK:
            raise _refused(speech, code.name, await call.details() or "")
    except speech.grpc.aio.AioRpcError as error:
        raise _refused(speech, error.code().name, words(error)) from None
    finally:
        call.cancel()
        await speech.close()
    return "ready"


def _refused(speech: GoogleSpeech, status: str, said: str) -> Exception:
    return refused(status, said, api="Speech-to-Text API", role="Cloud Speech Client", host=speech.host)
