"""Recognition by Deepgram: one WebSocket a call, to which the caller's turns are streamed while they speak."""

from __future__ import annotations

import asyncio
from asyncio import Queue, Task
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Annotated, Any

import msgspec
from aiohttp import (
    ClientError,
    ClientSession,
    ClientTimeout,
    ClientWebSocketResponse,
    WSMsgType,
    WSServerHandshakeError,
)

from kav import Duration, ProviderError, Recognizer, RecognizerSettings, Secret, doc, on
from kav.audio import encode
from kav.frames import AudioIn, CallStarted, SpeechHeld, SpeechStarted, Transcript, TurnDropped, Utterance

FINALIZE, ALIVE, CLOSE = '{"type":"Finalize"}', '{"type":"KeepAlive"}', '{"type":"CloseStream"}'


class Deepgram(Recognizer):
    """Recognises the caller's turns as they are spoken; interim words let a model begin its answer early.

    Source: https://developers.deepgram.com/reference/streaming
    """

    outside = "the network"

    class Settings(RecognizerSettings, frozen=True, kw_only=True):
        key: Annotated[Secret, doc("The API key.", sample="${DEEPGRAM_API_KEY}")]
        model: Annotated[str, doc("The model's name.")] = "nova-3"
        language: Annotated[str, doc("As BCP 47; blank: the config's language.")] = ""
        timeout: Annotated[Duration, doc("Time limit for the last words, from the turn's end.", 0.1, 9)] = 3.0
        keep_alive: Annotated[Duration, doc("Time without sound before the server is told to wait.", 0.05, 9)] = 4.0
        url: Annotated[str, doc("The server's address.")] = "wss://api.deepgram.com/v1/listen"

        def lacks(self) -> Iterable[tuple[str, str]]:
            if not self.key:
                yield "key", "is blank; set the variable DEEPGRAM_API_KEY"

    settings: Settings
    shared: ClientSession

    def begin(self) -> None:
        self.stream: Stream | None = None
        self.turn = -1  # the turn whose sound is being sent; -1 between turns

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: Any, phrases: tuple[str, ...], language: str) -> AsyncIterator[ClientSession]:
        async with ClientSession(timeout=ClientTimeout(total=None, sock_connect=settings.timeout)) as session:
            yield session

    @on(CallStarted)
    def connect(self, frame: CallStarted) -> None:
        self.open()
        self.push(frame)

    def open_turn(self, frame: SpeechHeld | SpeechStarted) -> None:
        # A stream that has failed, or still works at an older turn, would mix up the words of two turns.
        if self.stream is None or self.stream.is_over or self.stream.turn >= 0:
            self.open()
        assert self.stream is not None
        self.turn = self.stream.turn = frame.turn
        self.stream.send(frame.pcm)

    @on(AudioIn)
    def hear(self, frame: AudioIn) -> None:
        if self.turn >= 0 and self.stream is not None:
            self.stream.send(frame.pcm)
        self.push(frame)

    @on(Utterance)
    def end_turn(self, frame: Utterance) -> None:
        self.turn = -1
        if self.stream is not None and self.stream.turn == frame.turn:
            self.stream.finalize()
        self.heard(frame)

    @on(TurnDropped)
    def drop_turn(self, frame: TurnDropped) -> None:
        self.turn = -1 if self.turn == frame.turn else self.turn
        if self.stream is not None and self.stream.turn == frame.turn:
            self.open()  # the words of the dropped turn must not reach the next one
        self.heard(frame)

    async def recognize(self, utterance: Utterance) -> AsyncGenerator[Transcript, None]:
        stream = self.stream
        # As a fallback it has heard nothing of the turn, and after a failure its stream has not.
        if stream is None or stream.turn != utterance.turn or stream.is_over:
            stream = self.open()
            stream.turn = utterance.turn
            stream.send(utterance.pcm)
            stream.finalize()
        try:
            async with asyncio.timeout(self.settings.timeout):
                text, confidence = await stream.words()
        except TimeoutError:
            self.stream = None
            raise ProviderError(f"no words in {self.settings.timeout:g} s") from None
        yield Transcript(utterance.turn, text, True, self.language, confidence)

    @property
    def language(self) -> str:
        """The language to recognise."""
        return self.settings.language or self.call.language

    def open(self) -> Stream:
        """Open a stream in the place of the present one."""
        if self.stream is not None:
            self.stream.close()
        stream = self.stream = Stream(self.interim)
        stream.task = self.spawn(stream.run(self.shared, self.settings, self.language), awaited=True)
        return stream

    def interim(self, turn: int, text: str) -> None:
        """Push words that may still change."""
        if turn >= self.chain.turn and text:  # speech over the agent has the number of the turn that it may become
            self.chain.enter(self.push, Transcript(turn, text, False, self.language))


class Stream:
    """One WebSocket; `turn` is the turn whose words it brings, -1 if none. `task` runs it until it fails or closes."""

    def __init__(self, interim: Callable[[int, str], None]) -> None:
        self.turn = -1
        self.task: Task[None] | None = None
        self._interim = interim
        self._out: Queue[bytes | str] = Queue()
        self._final: list[str] = []
        self._confidence = 0.0
        self._done = asyncio.Event()

    @property
    def is_over(self) -> bool:
        """True once it has failed or closed."""
        return self.task is not None and self.task.done()

    def send(self, pcm: bytes) -> None:
        """Send a piece of the caller's sound, PCM."""
        if pcm:
            self._out.put_nowait(encode(pcm))

    def finalize(self) -> None:
        """Ask for the last words of the sound sent so far."""
        self._out.put_nowait(FINALIZE)

    def close(self) -> None:
        """Let the server close, once all is sent."""
        self._out.put_nowait(CLOSE)

    async def words(self) -> tuple[str, float]:
        """Wait for a turn's last words, and return all of it with its confidence; raises ProviderError on failure."""
        assert self.task is not None
        done = asyncio.ensure_future(self._done.wait())
        try:
            await asyncio.wait({done, self.task}, return_when=asyncio.FIRST_COMPLETED)
            if not self._done.is_set():
                self.task.result()  # raises its error
        finally:
            done.cancel()
        text, self._final, self.turn = " ".join(self._final), [], -1
        self._done.clear()
        return text, self._confidence

    async def run(self, session: ClientSession, settings: Deepgram.Settings, language: str) -> None:
        """Connect, and pass on sound and words until the server closes; raises ProviderError if it refuses."""
        asked = {"model": settings.model, "language": language, "encoding": "mulaw", "sample_rate": "8000"}
        wanted = {"interim_results": "true", "smart_format": "true"}
        headers = {"Authorization": f"Token {settings.key.reveal()}"}
        try:
            async with session.ws_connect(settings.url, params={**asked, **wanted}, headers=headers) as ws:
                writer = asyncio.create_task(self._write(ws, settings.keep_alive))
                try:
                    await self._read(ws)
                finally:
                    writer.cancel()
                    await asyncio.wait({writer})
        except WSServerHandshakeError as error:
            reason = error.headers.get("dg-error") if error.headers is not None else None
            raise ProviderError(f"{error.status} {reason or error.message}") from None
        except ClientError as error:
            raise ProviderError(f"the connection failed: {type(error).__name__}") from None

    async def _write(self, ws: ClientWebSocketResponse, keep_alive: float) -> None:
        item: bytes | str = b""
        while item != CLOSE and not ws.closed:
            try:
                item = await asyncio.wait_for(self._out.get(), keep_alive)
            except TimeoutError:
                item = ALIVE
            await (ws.send_bytes(item) if isinstance(item, bytes) else ws.send_str(item))

    async def _read(self, ws: ClientWebSocketResponse) -> None:
        async for message in ws:
            if message.type is WSMsgType.TEXT:
                self._take(msgspec.json.decode(message.data))
        if ws.close_code not in (1000, 1001):
            raise ProviderError(f"the stream was closed with {ws.close_code}")
        raise ProviderError("the stream has ended")

    def _take(self, message: dict[str, Any]) -> None:
        if message.get("type") != "Results":
            return
        found = message["channel"]["alternatives"][0]
        if message.get("is_final"):
            self._final += [found["transcript"]] if found["transcript"] else []
            self._confidence = found.get("confidence", 0.0)
        # A turn has ended by our own judgement, not by `speech_final`, which is the server's.
        if message.get("from_finalize"):
            self._done.set()
        else:
            text = "" if message.get("is_final") else found["transcript"]
            self._interim(self.turn, " ".join([*self._final, text]).strip())
