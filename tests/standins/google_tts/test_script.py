"""The script of the voices' stand-in: troubles, quotas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import texttospeech_v1 as google

from pipeline import audio
from pipeline.standins.google_tts import Trouble
from tests.kit.google_tts import CHIRP, WAVENET, answered, ask, stream


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
