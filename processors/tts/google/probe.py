"""Whether Google has a voice."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline.faults import did_you_mean
from pipeline.providers.probe import Probe, Unserved
from processors._shared.google_errors import refused, words
from processors.tts.google import names as google

if TYPE_CHECKING:
    from processors.tts.google.voice import Engine

Opens = Callable[[Any, str], AbstractAsyncContextManager["Engine"]]
HOST = "texttospeech.googleapis.com"


def voice_probe(settings: Any, language: str, engine: Opens) -> Probe:
    """Ask for the voices of the step's language; `engine` opens what asks."""
    importlib.import_module("google.cloud.texttospeech_v1")
    spoken = google.language(settings, language)
    of = spoken, settings.voice, settings.endpoint, settings.credentials
    return Probe(f"the voices of {spoken}", of, partial(_list, settings, language, engine))


async def _list(settings: Any, language: str, engine: Opens) -> str:
    async with engine(settings, language) as opened:
        try:
            found = await opened.client.list_voices(language_code=opened.language, retry=None)
        except opened.failures as error:
            status, host = google.status(error), settings.endpoint or HOST
            raise refused(
                status, words(error), api="Text-to-Speech API", role="Service Usage Consumer", host=host
            ) from None
    return _judged(settings.voice, opened.language, sorted(voice.name for voice in found.voices))


def _judged(voice: str, language: str, names: list[str]) -> str:
    came = f"{len(names)} of them" if names else "none"
    if not names:
        raise Unserved(came, f"Google has no voice that speaks {language}; choose another language, or another step")
    if not voice:
        return came
    if voice in names:
        return f"{came}, {voice} is one"
    if not google.PREFIX.match(voice):
        return f"{came}; {voice} is a Gemini voice, and those are not listed by language"
    raise Unserved(f"{came}, {voice} is none", did_you_mean(voice, names) or f"choose one, e.g. {names[0]}")
