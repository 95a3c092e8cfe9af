from __future__ import annotations

import asyncio
import wave
from io import BytesIO
from typing import Any

from pipeline import audio
from pipeline.standins.google_tts import Trouble
from tests.kit.google_tts import CHIRP, answered, ask, connected, stream


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


def test_the_voices_of_a_language() -> None:
    """By their names."""
    answer, _ = answered(lambda client: client.list_voices(language_code="he-IL"))
    assert CHIRP in [voice.name for voice in answer.voices] and all(voice.name[:2] == "he" for voice in answer.voices)


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
