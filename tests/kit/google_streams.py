"""Streams to the stand-in of Google's recogniser, by Google's own library."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
from google.cloud import speech_v1, speech_v2
from google.cloud.speech_v1.services.speech.transports import SpeechGrpcAsyncIOTransport as TransportV1
from google.cloud.speech_v2.services.speech.transports import SpeechGrpcAsyncIOTransport as TransportV2

from pipeline import audio
from pipeline.standins.google_speech import GoogleSpeech
from pipeline.testing import voice

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
