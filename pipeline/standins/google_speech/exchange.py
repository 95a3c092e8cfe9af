"""One stream of the Google Speech-to-Text stand-in: the client's messages and the answers to them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple, Protocol

import grpc
import msgspec
from google.cloud import speech_v1, speech_v2

from pipeline.standins.google_speech.hearing import Result, ScriptedRecognizer
from pipeline.standins.google_speech.script import Fault, Script

EOF = grpc.aio.EOF
TOO_LONG = "Exceeded maximum allowed stream duration of 305 seconds."
NO_AUDIO = "Stream timed out after receiving no more client requests."
FOREVER = 3600.0  # seconds


class Api(NamedTuple):
    """The differences between the versions of the API."""

    name: str
    messages: Any
    audio: str
    end: str


APIS = (
    Api("v1", speech_v1, "audio_content", "result_end_time"),
    Api("v2", speech_v2, "audio", "result_end_offset"),
)


class StreamSeen(msgspec.Struct):
    """A client's messages on one stream."""

    api: str  # v1, v2
    config: Any = None  # the first message's streaming_config
    recognizer: str = ""  # v2's
    audio_in_first: bool = False
    chunks: list[int] = []  # bytes of each audio message
    audio: bytearray = msgspec.field(default_factory=bytearray)  # all of it, as it was sent
    half_closed: bool = False

    @property
    def seconds(self) -> float:
        """Length of the audio received, seconds."""
        return len(self.audio) / 8000


class Server(Protocol):
    """The server of a stream: its script, the next text of it, and the tasks that wait for a change."""

    script: Script

    def next_text(self) -> str:
        """Return the text to be heard next."""

    def said(self) -> None:
        """Go on to the next text: the current one was sent as final."""

    def tell(self) -> None:
        """Wake all tasks that wait for a change."""


class Exchange:
    """One stream: reads the client's messages and answers them as the script says."""

    def __init__(self, server: Server, api: Api, context: Any, seen: StreamSeen, fault: Fault | None) -> None:
        self.server, self.script = server, server.script
        self.api, self.context, self.seen, self.fault = api, context, seen, fault
        self.does = fault.do if fault is not None else ""
        self.recognizer = ScriptedRecognizer(self.script, server.next_text)
        self.language = ""

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        over = loop.time() + self.script.limit
        await self.first()
        while True:
            await self.fail(self.recognizer.seconds)
            # Google ends a stream at its age limit, and one without sound sooner; the status tells which of the two it
            # was.
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
        await self.answer(self.recognizer.finish())

    async def first(self) -> None:
        """Read the first message, which has the config."""
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
        heard = list(self.recognizer.feed(ulaw))
        if self.does != "mute" or (self.fault is not None and self.recognizer.seconds <= self.fault.after):
            await self.answer(heard)

    async def fail(self, heard: float) -> None:
        """End the stream here if its fault is due, after `heard` seconds of audio; -1 after the half-close."""
        if self.fault is None or self.does != "status":
            return
        if (heard < 0) == (self.fault.after < 0) and (heard < 0 or heard >= self.fault.after):
            await self.context.abort(getattr(grpc.StatusCode, self.fault.code), self.fault.text)

    async def answer(self, results: Iterable[Result]) -> None:
        for heard in results:
            if not heard.final:
                await self.send(heard)
                continue
            if self.does == "no_final":
                continue
            self.server.said()
            for each in _bent(heard, self.does):
                await self.send(each)

    async def send(self, heard: Result | None) -> None:
        """Send one response, with this result or with none."""
        messages = self.api.messages
        response = messages.StreamingRecognizeResponse()
        if heard is not None:
            result = messages.StreamingRecognitionResult(is_final=heard.final, language_code=self.language)
            result.stability = 0.0 if heard.final else self.script.stability
            confidence = self.script.confidence if heard.final else 0.0
            result.alternatives = [{"transcript": heard.text, "confidence": confidence}]
            if self.does != "unplaced":
                setattr(result, self.api.end, timedelta(seconds=heard.end))
            response.results = [result]
        await self.context.write(response)


def _bent(heard: Result, does: str) -> list[Result | None]:
    """Return the results sent in the place of a final one, as changed by a fault."""
    words, end = heard.text.split(), heard.end
    half = len(words) // 2
    bent: dict[str, list[Result | None]] = {
        "empty": [None],
        "blank": [Result(" \t\u00a0\n", end, True)],
        "duplicated": [heard, heard],
        "unordered": [Result(" ".join(words[half:]), end, True), Result(" ".join(words[:half]), end / 2, True)],
        "revised": [Result("something else", end, True), heard],
    }
    return bent.get(does, [heard])
