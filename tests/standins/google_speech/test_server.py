"""The stand-in for Google's Speech-to-Text, asked by the real client library."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from google.api_core import exceptions
from google.cloud import speech_v1, speech_v2
from google.cloud.speech_v1.services.speech.transports import SpeechGrpcAsyncIOTransport as TransportV1
from google.cloud.speech_v2.services.speech.transports import SpeechGrpcAsyncIOTransport as TransportV2

from pipeline import audio
from pipeline.standins.google_speech import Fault, GoogleSpeech, Script
from pipeline.testing import voice
from tests.kit.alone import alone

V1 = {"config": {"encoding": "MULAW", "sample_rate_hertz": 8000, "language_code": "iw-IL"}, "interim_results": True}
V2 = {"config": {"language_codes": ["iw-IL"]}, "streaming_features": {"interim_results": True}}
SECOND = audio.encode(voice(1.0))


@asynccontextmanager
async def streaming(server: GoogleSpeech, api: str = "v1") -> AsyncIterator[Any]:
    """A stream of the client library's, its config sent; gives what sends sound, and the call."""
    client: Any
    call: Any
    async with grpc.aio.insecure_channel(server.target) as channel:
        if api == "v1":
            client = speech_v1.SpeechAsyncClient(transport=TransportV1(channel=channel))
            call = await client.streaming_recognize(retry=None, timeout=60)
            await call.write(speech_v1.StreamingRecognizeRequest(streaming_config=V1))
            yield lambda ulaw: call.write(speech_v1.StreamingRecognizeRequest(audio_content=ulaw)), call
        else:
            client = speech_v2.SpeechAsyncClient(transport=TransportV2(channel=channel))
            call = await client.streaming_recognize(timeout=60)
            await call.write(speech_v2.StreamingRecognizeRequest(recognizer="r", streaming_config=V2))
            yield lambda ulaw: call.write(speech_v2.StreamingRecognizeRequest(audio=ulaw)), call
        call.cancel()
    await server.closed()


async def results(call: Any) -> list[tuple[str, bool, float]]:
    """Everything that comes, as text, whether it is final, and where it ends."""
    found = []
    async for response in call:
        for each in response.results:
            end = getattr(each, "result_end_time", None) or each.result_end_offset
            found.append((each.alternatives[0].transcript, each.is_final, end.total_seconds()))
    return found


@pytest.mark.parametrize("api", ["v1", "v2"])
@alone
async def test_words_grow_and_become_final(api: str) -> None:
    """A word more for each 150 ms of voice; after the half-close all of them, as final."""
    async with GoogleSpeech(Script(say=["three rooms please"])) as server, streaming(server, api) as (send, call):
        for begin in range(0, 8000, 800):
            await send(SECOND[begin : begin + 800])
        await call.done_writing()
        grown = ["three", "three rooms", "three rooms please"]
        found = await results(call)
        assert [text for text, _, _ in found] == [*grown, "three rooms please"]
        assert [final for _, final, _ in found] == [False] * 3 + [True]
        assert [end for _, _, end in found] == pytest.approx([0.2, 0.3, 0.5, 1.0])


@alone
async def test_what_it_keeps() -> None:
    """The config, the sound and its messages, whether the client half-closed, and how many streams are open."""
    async with GoogleSpeech() as server, streaming(server) as (send, call):
        await send(SECOND[:800])
        seen = await server.seen(1, 0.1)
        assert server.open == 1 and seen.api == "v1" and not seen.half_closed
        await call.done_writing()
        await results(call)
        assert (seen.chunks, bytes(seen.audio), seen.half_closed) == ([800], SECOND[:800], True)
        assert seen.config.config.language_code == "iw-IL" and not seen.audio_in_first


@alone
async def test_silence_makes_a_result_final() -> None:
    """A text for each piece of voice, without a half-close; the texts come over and over."""
    async with GoogleSpeech(Script(say=["one", "two"], endpoint=0.5)) as server, streaming(server) as (send, call):
        for _ in range(3):
            await send(SECOND[:4000] + b"\xff" * 4000)
        await call.done_writing()
        assert [text for text, final, _ in await results(call) if final] == ["one", "two", "one"]


@alone
async def test_words_in_tones() -> None:
    """A word is 120 ms of its pitch, loud enough; anything else is none."""
    script = Script(tones={"low": 500.0, "high": 900.0}, interim_every=9)
    sound = b"".join(
        (audio.tone(0.2, 500), audio.tone(0.08, 900), bytes(1600), audio.tone(0.2, 900), audio.tone(0.2, 2000))
    )
    async with GoogleSpeech(script) as server, streaming(server) as (send, call):
        await send(audio.encode(sound))
        await call.done_writing()
        assert (await results(call))[-1][:2] == ("low high", True)


@alone
async def test_silence_is_nothing() -> None:
    """No voice, no result."""
    async with GoogleSpeech() as server, streaming(server) as (send, call):
        await send(b"\xff" * 8000)
        await call.done_writing()
        assert await results(call) == []


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (Script(limit=0.1), exceptions.OutOfRange),
        (Script(no_audio_limit=0.1), exceptions.Aborted),
        (Script(faults=[Fault(do="status", code="RESOURCE_EXHAUSTED")]), exceptions.ResourceExhausted),
        (Script(faults=[Fault(do="status", code="UNAVAILABLE", after=0.1)]), exceptions.ServiceUnavailable),
    ],
)
@alone
async def test_a_stream_that_fails(script: Script, error: type[Any]) -> None:
    """The limits, scaled down, and any status at any moment."""
    async with GoogleSpeech(script) as server, streaming(server) as (send, call):
        if script.faults and script.faults[0].after:
            await send(SECOND[:800])
        with pytest.raises(error):
            await results(call)


@alone
async def test_faults_are_for_streams() -> None:
    """What goes wrong on the first stream need not on the second."""
    async with GoogleSpeech(Script(faults=[Fault(do="empty", streams=[0])], final_delay=0.0)) as server:
        for texts in ([], ["hello"]):
            async with streaming(server) as (send, call):
                await send(SECOND)
                await call.done_writing()
                assert [text for text, final, _ in await results(call) if final] == texts


@alone
async def test_connections_that_nobody_answers() -> None:
    """A client's first connection hangs; another one is carried through."""
    async with GoogleSpeech(Script(deaf_connections=1)) as server:
        host, _, port = server.target.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        async with streaming(server) as (send, call):
            await send(SECOND)
            await call.done_writing()
            assert (await results(call))[-1][0] == "hello"
        writer.close()
        await writer.wait_closed()
        assert await reader.read() == b""
