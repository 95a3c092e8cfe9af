from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import audio
from pipeline.config import Config
from pipeline.faults import ConfigError, KavError
from pipeline.providers.quota import Limiter
from processors.tts.google import voice as google
from processors.tts.google.voice import GoogleVoice
from tests.kit.chain import chain
from tests.kit.speaking import Spoken

WAVENET, CHIRP = "he-IL-Wavenet-A", "he-IL-Chirp3-HD-Kore"
HELLO = "שלום וברכה, במה אפשר לעזור?"
LENGTH = len(HELLO) * 0.065 / 0.96


def config_of(it: Any) -> Any:
    """What the first request asked for."""
    first = it.server.requests[0]
    return first.audio_config if hasattr(first, "audio_config") else first.streaming_config.streaming_audio_config


@pytest.mark.parametrize("encoding", ["mulaw", "linear16"])
@pytest.mark.parametrize("voice", [WAVENET, CHIRP])
def test_it_speaks(speak: Callable[..., Spoken], voice: str, encoding: str) -> None:
    """Whole or as a stream, in either encoding: every sample of the tone that stands for the words, and no header."""
    tone = audio.tone(1.0)
    it = speak(HELLO, script={"sound": tone}, voice=voice, encoding=encoding)
    assert it.sound[HELLO] == (audio.decode(audio.encode(tone)) if encoding == "mulaw" else tone)
    assert it.server.texts == [HELLO] and not it.log


@pytest.mark.parametrize(("voice", "streamed"), [(WAVENET, False), (CHIRP, True), ("en-US-Journey-F", True)])
def test_a_voice_that_can_be_streamed_is(speak: Callable[..., Spoken], voice: str, streamed: bool) -> None:
    """The others are refused as streams."""
    it = speak(HELLO, voice=voice)
    assert hasattr(it.server.requests[0], "streaming_config") is streamed
    assert it.seconds(HELLO) == pytest.approx(LENGTH, abs=0.02)


def test_a_streaming_voice_can_be_asked_whole(speak: Callable[..., Spoken]) -> None:
    """`mode: unary`; one answer, one piece."""
    it = speak(HELLO, voice=CHIRP, mode="unary")
    assert len(it.server.requests) == 1 and it.seconds(HELLO) == pytest.approx(LENGTH, abs=0.02)


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


def test_a_stream_is_heard_before_it_ends(speak: Callable[..., Spoken]) -> None:
    """More than one piece, of at least 200 ms to begin with."""
    it = speak(HELLO, voice=CHIRP, script={"pace": 20.0})
    assert len([size for size in it.pieces if size]) > 2 and it.pieces[0] >= 3200 - 160


@pytest.mark.parametrize("voice", [WAVENET, CHIRP])
def test_an_interruption_cancels_what_is_being_made(speak: Callable[..., Spoken], voice: str) -> None:
    """At Google's end, too: no call stays open."""
    it = speak("אחת.", HELLO, HELLO * 3, voice=voice, script={"per_character": 0.01, "pace": 2.0}, interrupt=True)
    assert HELLO * 3 not in it.sound


def test_fixed_phrases_and_repeated_sentences_cost_no_request(speak: Callable[..., Spoken]) -> None:
    """The first are made before the call, the second once."""
    it = speak("ברוכים הבאים.", HELLO, phrases=("ברוכים הבאים.",), again=3)
    assert sorted(it.server.texts) == sorted(["ברוכים הבאים.", HELLO])
    assert it.seconds(HELLO) == pytest.approx(3 * LENGTH, abs=0.05)


@pytest.mark.parametrize(("voice", "quota"), [(WAVENET, (1000, 0)), (CHIRP, (200, 100))])
def test_all_calls_share_one_quota(voice: str, quota: tuple[int, int]) -> None:
    """Of the whole process, by the kind of voice: requests a minute, streams at a time."""
    settings = GoogleVoice.Settings(voice=voice, endpoint="127.0.0.1:1", insecure=True)

    async def main() -> tuple[Limiter, Limiter]:
        one_, other_ = (GoogleVoice.share(settings, (), "he-IL") for _ in range(2))
        async with one_ as one, other_ as other:
            return one.engine.limiter, other.engine.limiter

    one, other = asyncio.run(main())
    assert one is other and (one.per_minute, one.sessions) == quota


def test_a_config_that_cannot_work_is_a_fault(config: Callable[..., Config]) -> None:
    """Before the first call."""
    text = chain(tts="tts.google: {voice: he-IL-Wavenet-A, language: en-US, mode: streaming, insecure: true}")
    with pytest.raises(ConfigError) as caught:
        config(text)
    for words in ("not that of the voice", "only Chirp 3 HD", "needs an `endpoint`"):
        assert words in str(caught.value)


def test_without_credentials_it_says_what_to_do(tmp_path: Path) -> None:
    """And shows nothing of the file that is none."""
    (tmp_path / "key.json").write_text('{"type": "service_account", "private_key": "canary"}')

    async def main() -> None:
        async with GoogleVoice.share(GoogleVoice.Settings(credentials=tmp_path / "key.json"), (), "he-IL"):
            pass

    with pytest.raises(
        KavError, match="`credentials` lacks `client_email`, `token_uri`; download the key again"
    ) as caught:
        asyncio.run(main())
    assert "canary" not in str(caught.value)


# ---- texts ---------------------------------------------------------------------------------------------------------


@given(st.text(max_size=400) | st.text("שלום. ab!", max_size=400), st.integers(8, 60))
def test_long_texts_are_cut_and_nothing_is_lost(text: str, limit: int) -> None:
    """Pieces fit the limit in bytes, and have every letter in its order."""
    text = google.speakable(text)
    pieces = google.pieces(text, limit)
    assert all(0 < len(piece.encode()) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_long_texts_are_cut_between_sentences() -> None:
    """As few pieces as it takes."""
    assert google.pieces("One two. Three four. Five.", 22) == ["One two. Three four.", "Five."]


@given(st.text(st.characters(codec=None), max_size=200))
def test_any_text_can_be_sent(text: str) -> None:
    """Halves of surrogate pairs and control characters are left out, letters are not."""
    sent = google.speakable(text)
    assert sent.encode().decode() == sent and not any(ord(char) < 32 for char in sent)
    assert [char for char in sent if char.isalnum()] == [char for char in text if char.isalnum()]
