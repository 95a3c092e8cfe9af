"""The requests of Google's voices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.providers.quota import Limiter
from processors.tts.google.voice import GoogleVoice
from tests.kit.alone import run
from tests.kit.speaking import CHIRP, HELLO, WAVENET, Spoken


def config_of(it: Any) -> Any:
    """What the first request asked for."""
    first = it.server.requests[0]
    return first.audio_config if hasattr(first, "audio_config") else first.streaming_config.streaming_audio_config


def test_what_is_asked_for(speak: Callable[..., Spoken]) -> None:
    """8 kHz, shaped for the telephone, a little slower than the voice's own speed."""
    asked = config_of(speak(HELLO))
    assert asked.sample_rate_hertz == 8000 and asked.speaking_rate == 0.96
    assert list(asked.effects_profile_id) == ["telephony-class-application"]
    asked = config_of(speak(HELLO, speaking_rate=1.2, pitch=-2.0, volume_gain=3.0, effects=()))
    assert (asked.speaking_rate, asked.pitch, asked.volume_gain_db) == (1.2, -2.0, 3.0)
    assert not asked.effects_profile_id


def test_a_stream_is_asked_for_what_streams_have(speak: Callable[..., Spoken]) -> None:
    """Its speed; pitch, gain and effects are not of a stream."""
    it = speak(HELLO, voice=CHIRP)
    asked = config_of(it)
    assert (asked.sample_rate_hertz, asked.speaking_rate, asked.audio_encoding.name) == (8000, 0.96, "MULAW")
    assert it.server.requests[0].streaming_config.voice.name == CHIRP


@pytest.mark.parametrize(
    ("settings", "language"),
    [({"voice": ""}, "he-IL"), ({"voice": "en-US-Wavenet-A"}, "en-US"), ({"voice": "", "language": "en-GB"}, "en-GB")],
)
def test_the_language(speak: Callable[..., Spoken], settings: dict[str, str], language: str) -> None:
    """The call's, unless the voice or the config says another."""
    it = speak("Hello there.", **settings)
    assert it.server.requests[0].voice.language_code == language


@pytest.mark.parametrize(("voice", "quota"), [(WAVENET, (1000, 0)), (CHIRP, (200, 100))])
def test_all_calls_share_one_quota(voice: str, quota: tuple[int, int]) -> None:
    """Of the whole process, by the kind of voice: requests a minute, streams at a time."""
    settings = GoogleVoice.Settings(voice=voice, endpoint="127.0.0.1:1", insecure=True)

    async def main() -> tuple[Limiter, Limiter]:
        one_, other_ = (GoogleVoice.share(settings, (), "he-IL") for _ in range(2))
        async with one_ as one, other_ as other:
            return one.engine.limiter, other.engine.limiter

    one, other = run(main())
    assert one is other and (one.per_minute, one.sessions) == quota
