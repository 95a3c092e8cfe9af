"""The probe of Google's voices: does Google have the configured one?"""

from __future__ import annotations

import importlib
from functools import partial

from pipeline.faults import did_you_mean
from pipeline.providers.probe import Probe, Unserved
from processors._shared.google_errors import refused, words
from processors.tts.google.api import HOST, opened, status
from processors.tts.google.settings import PREFIX, GoogleVoiceSettings


def voice_probe(settings: GoogleVoiceSettings, language: str) -> Probe:
    """Return the probe: a list of the voices of the step's language."""
    importlib.import_module("google.cloud.texttospeech_v1")
    spoken = settings.spoken(language)
    of = spoken, settings.voice, settings.endpoint, settings.credentials
    return Probe(f"the voices of {spoken}", of, partial(_list, settings, language))


async def _list(settings: GoogleVoiceSettings, language: str) -> str:
    async with opened(settings, language) as engine:
        try:
            found = await engine.client.list_voices(language_code=engine.language, retry=None)
        except engine.failures as error:
            host = settings.endpoint or HOST
            raise refused(
                status(error), words(error), api="Text-to-Speech API", role="Service Usage Consumer", host=host
            ) from None
    return _judged(settings.voice, engine.language, sorted(voice.name for voice in found.voices))


def _judged(voice: str, language: str, names: list[str]) -> str:
    came = f"{len(names)} of them" if names else "none"
    if not names:
        raise Unserved(came, f"Google has no voice that speaks {language}; choose another language, or another step")
    if not voice:
        return came
    if voice in names:
        return f"{came}, {voice} is one"
    if not PREFIX.match(voice):
        return f"{came}; {voice} is a Gemini voice, and those are not listed by language"
    raise Unserved(f"{came}, {voice} is none", did_you_mean(voice, names) or f"choose one, e.g. {names[0]}")
