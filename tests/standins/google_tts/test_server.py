from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import pytest
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import texttospeech_v1 as google
from grpc.aio import insecure_channel

from pipeline import audio
from pipeline.standins.google_tts import GoogleTts, Script, Trouble

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

    return asyncio.run(main())


def test_pcm_has_a_wav_header() -> None:
    """44 bytes; the tone is as long as the text is."""
    answer, server = answered(lambda client: ask(client, "x" * 20, speaking_rate=0.5))
    with wave.open(BytesIO(answer.audio_content)) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnframes()) == (8000, 2, 20 * 0.065 * 8000 / 0.5)
    assert server.texts == ["x" * 20] and server.calls == 1


def test_mu_law_has_a_longer_one() -> None:
    """58 bytes, with a fact chunk; without a rate it is 24 kHz."""
    tone = audio.tone(0.5)
    answer, _ = answered(lambda client: ask(client, encoding="MULAW"), sound=tone)
    assert answer.audio_content[:4] == b"RIFF" and answer.audio_content[38:42] == b"fact"
    assert answer.audio_content[58:] == audio.encode(tone)
    answer, _ = answered(lambda client: ask(client, encoding="MULAW", rate=0), sound=tone)
    assert len(answer.audio_content) == 58 + 12000


def test_headless_pcm_is_refused_unless_it_is_not() -> None:
    """As some voices do."""
    assert answered(lambda client: ask(client, encoding="PCM"))[0] == "INVALID_ARGUMENT"
    answer, _ = answered(lambda client: ask(client, encoding="PCM"), batch_pcm=True, sound=b"\1\0" * 800)
    assert answer.audio_content == b"\1\0" * 800


def test_a_stream_has_no_header() -> None:
    """Pieces of 100 ms."""
    tone = audio.tone(0.5)
    pieces, server = answered(lambda client: stream(client, "one", "two"), sound=tone)
    assert b"".join(pieces) == 2 * audio.encode(tone) and len(pieces) == 10
    assert server.open_streams == 0 and server.texts == ["one", "two"]


@pytest.mark.parametrize(
    "question",
    [
        lambda client: ask(client, "ש" * 2501),
        lambda client: ask(client, ""),
        lambda client: ask(client, speaking_rate=0.1),
        lambda client: ask(client, pitch=30.0),
        lambda client: ask(client, voice=CHIRP, pitch=1.0),
        lambda client: ask(client, language="en-US"),
        lambda client: stream(client, "one", voice=WAVENET),
        lambda client: stream(client, "one", encoding="LINEAR16"),
        lambda client: stream(client, "ש" * 2501),
    ],
    ids=[
        "5002 bytes",
        "nothing",
        "too slow",
        "too high",
        "pitch",
        "language",
        "WaveNet",
        "header",
        "5002 bytes streamed",
    ],
)
def test_it_refuses_what_google_refuses(question: Callable[..., Any]) -> None:
    """INVALID_ARGUMENT."""
    assert answered(question)[0] == "INVALID_ARGUMENT"


def test_the_quota() -> None:
    """By the minute, and smaller for Chirp 3."""

    async def three(client: Any) -> None:
        for _ in range(3):
            await ask(client)

    assert answered(three, per_minute=2)[0] == "RESOURCE_EXHAUSTED"
    assert answered(three, chirp_per_minute=2)[0] is None
    assert answered(lambda client: stream(client, "one"), chirp_per_minute=0)[0] == "RESOURCE_EXHAUSTED"
    assert answered(lambda client: stream(client, "one"), sessions=0)[0] == "RESOURCE_EXHAUSTED"


def test_the_voices_of_a_language() -> None:
    """By their names."""
    answer, _ = answered(lambda client: client.list_voices(language_code="he-IL"))
    assert CHIRP in [voice.name for voice in answer.voices] and all(voice.name[:2] == "he" for voice in answer.voices)


@pytest.mark.parametrize("status", ["UNAVAILABLE", "INTERNAL", "PERMISSION_DENIED"])
def test_troubles_come_in_their_order(status: str) -> None:
    """The first request fails, the second does not."""

    async def twice(client: Any) -> Any:
        with pytest.raises(GoogleAPICallError):
            await ask(client)
        return await ask(client)

    answer, server = answered(twice, troubles=(Trouble("status", status),))
    assert answer.audio_content and server.calls == 2


def test_a_stream_can_break_off() -> None:
    """After so many seconds of sound."""
    tone = audio.tone(1.0)

    async def listen(client: Any) -> bytes:
        pieces, sound = [], {"audio_encoding": "MULAW", "sample_rate_hertz": 8000}
        config = {"voice": {"language_code": "he-IL", "name": CHIRP}, "streaming_audio_config": sound}
        call = await client.streaming_synthesize()
        await call.write(google.StreamingSynthesizeRequest(streaming_config=config))
        await call.write(google.StreamingSynthesizeRequest(input={"text": "one"}))
        await call.done_writing()
        with pytest.raises(GoogleAPICallError):
            async for answer in call:
                pieces.append(answer.audio_content)
        return b"".join(pieces)

    heard, _ = answered(listen, sound=tone, then=Trouble("cut", after=0.3))
    assert heard == audio.encode(tone)[:2400]


def test_who_hangs_up_leaves_no_call_behind() -> None:
    """However long it would have taken."""

    async def main() -> Any:
        async with connected(then=Trouble("hang")) as (server, client):
            call = asyncio.ensure_future(ask(client))
            await server.busy()
            call.cancel()
            await server.idle()
            return server.open_streams

    assert asyncio.run(main()) == 0
