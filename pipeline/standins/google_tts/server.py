"""Google's Text-to-Speech on loopback: a real gRPC server made of the client package's own messages.

    async with GoogleTts(Script(delay=0.0)) as server:
        channel = grpc.aio.insecure_channel(server.target)

It refuses the requests that Google refuses, and fails as its script says. Instead of words it speaks a tone whose
length follows the text. A stream is answered once its client has sent all of it.
Source: google/cloud/texttospeech/v1/cloud_tts.proto, cloud.google.com/text-to-speech/quotas.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import contextmanager
from typing import Any, NoReturn

import grpc
from google.cloud import texttospeech_v1 as google

from pipeline import audio
from pipeline.standins.google_tts.script import LIMIT, Script, Trouble, content, encoded, header

SERVICE = "google.cloud.texttospeech.v1.TextToSpeech"
VOICES = ("he-IL-Wavenet-A", "he-IL-Standard-A", "he-IL-Chirp3-HD-Kore", "en-US-Wavenet-A", "en-US-Chirp3-HD-Kore")
STREAMING = ("Chirp3-HD", "Chirp-HD", "Journey")
Encoding = google.AudioEncoding
FOREIGN = "The requested language code doesn't match the voice's."
TOO_LONG = "Either `input.text` or `input.ssml` is longer than the limit of 5000 bytes."


class GoogleTts:
    """The server; `requests` has every message received, `open_streams` counts the calls under way.

    `target` is its address, host:port.
    """

    def __init__(self, script: Script | None = None) -> None:
        self.script = script or Script()
        self.requests: list[Any] = []
        self.open_streams = self.calls = 0
        self.target = ""
        self._minute: deque[tuple[float, bool]] = deque()  # loop time of each call, and True for Chirp
        self._idle, self._busy = asyncio.Event(), asyncio.Event()
        self._idle.set()
        self._server: grpc.aio.Server

    async def __aenter__(self) -> GoogleTts:
        self._server = grpc.aio.server()
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, self._methods()),))
        self.target = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop(None)

    async def busy(self) -> None:
        """Wait until a call is under way."""
        await self._busy.wait()

    async def idle(self) -> None:
        """Wait until no call is under way."""
        await self._idle.wait()

    @property
    def calls_per_minute(self) -> int:
        """Calls of the last 60 seconds."""
        now = asyncio.get_running_loop().time()
        while self._minute and self._minute[0][0] <= now - 60:
            self._minute.popleft()
        return len(self._minute)

    @property
    def texts(self) -> list[str]:
        """The texts to speak, in the order of their arrival."""
        return [it.input.text for it in self.requests if it.input.text]

    def _methods(self) -> dict[str, Any]:
        def method(kind: Any, does: Any, takes: Any, gives: Any) -> Any:
            return kind(does, request_deserializer=takes.deserialize, response_serializer=gives.serialize)

        unary, stream = grpc.unary_unary_rpc_method_handler, grpc.stream_stream_rpc_method_handler
        answer, piece = google.SynthesizeSpeechResponse, google.StreamingSynthesizeResponse
        return {
            "SynthesizeSpeech": method(unary, self._synthesize, google.SynthesizeSpeechRequest, answer),
            "StreamingSynthesize": method(stream, self._stream, google.StreamingSynthesizeRequest, piece),
            "ListVoices": method(unary, self._list, google.ListVoicesRequest, google.ListVoicesResponse),
        }

    async def _list(self, request: Any, context: Any) -> Any:
        await self._go_wrong(context)
        wanted = [name for name in VOICES if name.startswith(request.language_code)]
        voice = {"ssml_gender": "FEMALE", "natural_sample_rate_hertz": 24000}
        return google.ListVoicesResponse(voices=[{"name": it, "language_codes": [it[:5]], **voice} for it in wanted])

    async def _synthesize(self, request: Any, context: Any) -> Any:
        self.requests.append(request)
        with self._counted():
            trouble = await self._admit(request.voice, context)
            if fault := _wrong(request, self.script.batch_pcm):
                await _refuse(context, "INVALID_ARGUMENT", fault)
            text, config = request.input.text, request.audio_config
            pcm = self._speak(text, config.speaking_rate)
            took = self.script.delay + self.script.per_character * len(text)
            slow = audio.seconds(pcm) / trouble.pace if trouble and trouble.kind == "slow" else 0.0
            await asyncio.sleep(max(took, slow))
            return google.SynthesizeSpeechResponse(audio_content=content(pcm, config, trouble))

    async def _stream(self, requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
        with self._counted():
            sent = [request async for request in requests]  # a client refused while it writes reads INTERNAL
            if not sent:
                return
            self.requests += sent
            config = sent[0].streaming_config
            trouble = await self._admit(config.voice, context)
            if self.open_streams > self.script.sessions:
                await _refuse(context, "RESOURCE_EXHAUSTED", "Quota exceeded for concurrent streaming sessions")
            if fault := _wrong_stream(config):
                await _refuse(context, "INVALID_ARGUMENT", fault)
            for request in sent[1:]:
                if len(request.input.text.encode()) > LIMIT:
                    await _refuse(context, "INVALID_ARGUMENT", TOO_LONG)
                pcm = self._speak(request.input.text, config.streaming_audio_config.speaking_rate)
                await asyncio.sleep(self.script.first)
                async for piece in self._pieces(pcm, config.streaming_audio_config, trouble, context):
                    yield google.StreamingSynthesizeResponse(audio_content=piece)

    async def _pieces(self, pcm: bytes, config: Any, trouble: Trouble | None, context: Any) -> AsyncIterator[bytes]:
        kind = trouble.kind if trouble else ""
        cut = trouble.after if trouble and kind == "cut" else float("inf")
        pace = trouble.pace if trouble and kind == "slow" else self.script.pace
        sound, rate, width = encoded(pcm, config, trouble)
        if kind == "header":
            yield header(config.audio_encoding, rate, len(sound))
        size = round(self.script.chunk * rate) * width
        for begin in range(0, len(sound), size):
            if begin / (rate * width) >= cut:
                await _refuse(context, trouble.status if trouble else "", "the stream broke off")
            yield sound[begin : begin + size]
            await asyncio.sleep(self.script.chunk / pace)

    def _speak(self, text: str, speaking_rate: float) -> bytes:
        return self.script.sound or audio.tone(self.script.length * len(text) / (speaking_rate or 1.0))

    @contextmanager
    def _counted(self) -> Any:
        self.open_streams += 1
        self._idle.clear()
        self._busy.set()
        try:
            yield
        finally:
            self.open_streams -= 1
            if not self.open_streams:
                self._idle.set()
                self._busy.clear()

    async def _admit(self, voice: Any, context: Any) -> Trouble | None:
        """Count a call against the quotas, and return the fault that it shall have."""
        chirp = "Chirp3" in voice.name
        used, used_by_chirp = self.calls_per_minute, sum(it for _, it in self._minute)
        if used >= self.script.per_minute or (chirp and used_by_chirp >= self.script.chirp_per_minute):
            await _refuse(context, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'requests per minute'")
        self._minute.append((asyncio.get_running_loop().time(), chirp))
        return await self._go_wrong(context)

    async def _go_wrong(self, context: Any) -> Trouble | None:
        """Let the call hang or fail if the script says so; return any other fault."""
        planned, self.calls = self.script.troubles, self.calls + 1
        trouble = planned[self.calls - 1] if self.calls <= len(planned) else self.script.then
        if trouble is not None and trouble.kind == "hang":
            await asyncio.Event().wait()
        if trouble is not None and trouble.kind == "status":
            await _refuse(context, trouble.status, "as the script says")
        return trouble


def _wrong(request: Any, batch_pcm: bool) -> str:
    """Return the error that Google has for a request; blank if Google would answer it."""
    config, text = request.audio_config, request.input.text or request.input.ssml
    chirp = any(it in request.voice.name for it in STREAMING)
    headless = config.audio_encoding == Encoding.PCM and not batch_pcm
    faults = {
        "Either `input.text` or `input.ssml` must be set.": not text,
        TOO_LONG: len(text.encode()) > LIMIT,
        "Speaking rate has to be 0.25 to 2.0.": not 0.25 <= (config.speaking_rate or 1.0) <= 2.0,
        "Pitch has to be -20 to 20.": not -20 <= config.pitch <= 20,
        "This voice does not support pitch parameters at this time.": chirp and config.pitch != 0,
        "This voice only supports LINEAR16, MP3, OGG_OPUS, MULAW, ALAW.": headless,
        FOREIGN: _foreign(request.voice),
    }
    return next((fault for fault, wrong in faults.items() if wrong), "")


def _wrong_stream(config: Any) -> str:
    """Return the error that Google has for a stream's first message; blank if there is none."""
    allowed = (Encoding.PCM, Encoding.MULAW, Encoding.ALAW, Encoding.OGG_OPUS)
    gemini = config.voice.model_name.startswith("gemini")
    if not gemini and not any(it in config.voice.name for it in STREAMING):
        return "Currently, only Chirp 3: HD voices are supported for streaming synthesis."
    if config.streaming_audio_config.audio_encoding not in allowed:
        return "Unsupported audio encoding for streaming."
    return FOREIGN if _foreign(config.voice) else ""


async def _refuse(context: Any, status: str, text: str) -> NoReturn:
    await context.abort(grpc.StatusCode[status], text)
    raise AssertionError("abort does not return")


def _foreign(voice: Any) -> bool:
    return bool(voice.name[2:3] == "-" and voice.name[:5] != voice.language_code)
