"""Google's Speech-to-Text as a server on loopback, v1 and v2, that hears what a script says.

    async with GoogleSpeech(Script(say=["three rooms"])) as server:
        ...  # a client with an insecure channel to server.target

Source: the client packages' own messages; https://cloud.google.com/speech-to-text/docs/quotas for the limits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple

import grpc
import msgspec
from google.cloud import speech_v1, speech_v2

from pipeline.tools.standins._deaf_door import DeafDoor
from pipeline.tools.standins._speech_ear import Ear, Heard
from pipeline.tools.standins._speech_script import Fault as Fault
from pipeline.tools.standins._speech_script import Script as Script

EOF = grpc.aio.EOF
TOO_LONG = "Exceeded maximum allowed stream duration of 305 seconds."
NO_AUDIO = "Stream timed out after receiving no more client requests."
FOREVER = 3600.0  # seconds


class Api(NamedTuple):
    """What differs between the versions of the API."""

    name: str
    messages: Any
    audio: str
    end: str


APIS = (
    Api("v1", speech_v1, "audio_content", "result_end_time"),
    Api("v2", speech_v2, "audio", "result_end_offset"),
)


class StreamSeen(msgspec.Struct):
    """What a client did on one stream."""

    api: str  # v1, v2
    config: Any = None  # the first message's streaming_config
    recognizer: str = ""  # v2's
    audio_in_first: bool = False
    chunks: list[int] = []  # bytes of each audio message
    audio: bytearray = msgspec.field(default_factory=bytearray)  # all of it, as it was sent
    half_closed: bool = False

    @property
    def seconds(self) -> float:
        """How much audio was received."""
        return len(self.audio) / 8000


class GoogleSpeech:
    """A server that counts: `streams` has each stream that was opened, `open` how many are open now."""

    def __init__(self, script: Script | None = None) -> None:
        self.script = script or Script()
        self.streams: list[StreamSeen] = []
        self.open = 0
        self.target = ""  # host:port
        self._said = 0
        self._changed = asyncio.Event()
        self._door: DeafDoor | None = None

    async def __aenter__(self) -> GoogleSpeech:
        self._server = grpc.aio.server()
        self._server.add_generic_rpc_handlers(tuple(_rpc(self, api) for api in APIS))
        port = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()
        if self.script.deaf_connections:
            self._door = DeafDoor(port, self.script.deaf_connections)
            port = await self._door.open()
        self.target = f"127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._door is not None:
            await self._door.close()
        await self._server.stop(grace=None)

    async def closed(self) -> None:
        """Wait until no stream is open."""
        while self.open:
            await self._changed.wait()

    async def seen(self, streams: int, seconds: float = 0.0) -> StreamSeen:
        """Wait until so many streams were opened, and until the last of those has so much audio."""
        while len(self.streams) < streams or self.streams[streams - 1].seconds < seconds:
            await self._changed.wait()
        return self.streams[streams - 1]

    async def serve(self, api: Api, context: Any) -> None:
        """One stream, from its first message to its end."""
        number, seen = len(self.streams), StreamSeen(api.name)
        self.streams.append(seen)
        self.open += 1
        self.tell()
        try:
            await _Exchange(self, api, context, seen, self.script.fault(number)).run()
        finally:
            self.open -= 1
            self.tell()

    def tell(self) -> None:
        """Something has changed."""
        self._changed.set()
        self._changed = asyncio.Event()

    def next_text(self) -> str:
        """What is heard next."""
        return self.script.say[self._said % len(self.script.say)]

    def said(self) -> None:
        """It was given as final."""
        self._said += 1


class _Exchange:
    """One stream: what comes, and what is answered."""

    def __init__(self, server: GoogleSpeech, api: Api, context: Any, seen: StreamSeen, fault: Fault | None) -> None:
        self.server, self.script = server, server.script
        self.api, self.context, self.seen, self.fault = api, context, seen, fault
        self.does = fault.do if fault is not None else ""
        self.ear = Ear(self.script, server.next_text)
        self.language = ""

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        over = loop.time() + self.script.limit
        await self.first()
        while True:
            await self.fail(self.ear.seconds)
            silent = min(self.script.no_audio_limit, over - loop.time())
            try:
                async with asyncio.timeout(silent):
                    request = await self.context.read()
            except TimeoutError:
                late = loop.time() >= over
                code = grpc.StatusCode.OUT_OF_RANGE if late else grpc.StatusCode.ABORTED
                await self.context.abort(code, TOO_LONG if late else NO_AUDIO)
            if request is EOF:
                break
            await self.hear(getattr(request, self.api.audio))
        self.seen.half_closed = True
        await asyncio.sleep(FOREVER if self.does in ("mute", "no_final") else self.script.final_delay)
        await self.fail(-1)
        await self.answer(self.ear.finish())

    async def first(self) -> None:
        """The message with the config."""
        request = await self.context.read()
        if request is EOF:
            return
        which = type(request).pb(request).WhichOneof("streaming_request")
        self.seen.audio_in_first = which != "streaming_config"
        self.seen.config = request.streaming_config
        self.seen.recognizer = getattr(request, "recognizer", "")
        config = request.streaming_config.config
        asked = config.language_code if self.api.name == "v1" else next(iter(config.language_codes), "")
        self.language = self.script.language or asked.lower()
        self.server.tell()

    async def hear(self, ulaw: bytes) -> None:
        self.seen.chunks.append(len(ulaw))
        self.seen.audio += ulaw
        self.server.tell()
        heard = list(self.ear.feed(ulaw))
        if self.does != "mute":
            await self.answer(heard)

    async def fail(self, heard: float) -> None:
        """End the stream here, if that is what goes wrong."""
        if self.fault is None or self.does != "status":
            return
        if (heard < 0) == (self.fault.after < 0) and (heard < 0 or heard >= self.fault.after):
            await self.context.abort(getattr(grpc.StatusCode, self.fault.code), self.fault.text)

    async def answer(self, results: Iterable[Heard]) -> None:
        for heard in results:
            if not heard.final:
                await self.send(heard)
                continue
            if self.does == "no_final":
                continue
            self.server.said()
            for each in _bent(heard, self.does):
                await self.send(each)

    async def send(self, heard: Heard | None) -> None:
        """One response with this result, or with none."""
        messages = self.api.messages
        response = messages.StreamingRecognizeResponse()
        if heard is not None:
            result = messages.StreamingRecognitionResult(is_final=heard.final, language_code=self.language)
            result.stability = 0.0 if heard.final else self.script.stability
            confidence = self.script.confidence if heard.final else 0.0
            result.alternatives = [{"transcript": heard.text, "confidence": confidence}]
            setattr(result, self.api.end, timedelta(seconds=heard.end))
            response.results = [result]
        await self.context.write(response)


def _bent(heard: Heard, does: str) -> list[Heard | None]:
    """A final result, as what goes wrong makes it."""
    words, end = heard.text.split(), heard.end
    half = len(words) // 2
    bent: dict[str, list[Heard | None]] = {
        "empty": [None],
        "blank": [Heard(" \t\u00a0\n", end, True)],
        "duplicated": [heard, heard],
        "unordered": [Heard(" ".join(words[half:]), end, True), Heard(" ".join(words[:half]), end / 2, True)],
        "revised": [Heard("something else", end, True), heard],
    }
    return bent.get(does, [heard])


def _rpc(server: GoogleSpeech, api: Api) -> Any:
    async def streaming_recognize(_: Any, context: Any) -> None:
        await server.serve(api, context)

    method = grpc.stream_stream_rpc_method_handler(
        streaming_recognize,
        request_deserializer=api.messages.StreamingRecognizeRequest.deserialize,
        response_serializer=api.messages.StreamingRecognizeResponse.serialize,
    )
    return grpc.method_handlers_generic_handler(f"google.cloud.speech.{api.name}.Speech", {"StreamingRecognize": method})
