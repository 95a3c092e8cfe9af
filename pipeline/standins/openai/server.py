"""A stand-in for OpenAI on loopback: chat, speech, transcription and its sessions, with the faults of its script.

Source: https://platform.openai.com/docs/api-reference; the shapes of answers, streams and errors.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import msgspec
from aiohttp import web

from pipeline import audio
from pipeline.standins.openai.realtime import TranscriptionSession
from pipeline.standins.openai.script import Ask, Fault, Reply, Script, error_body, reply_to
from pipeline.standins.openai.wire import Asked, Body, answer_json, chunk, event, for_ever, page, read

SPEECH_RATE = 24000  # Hz, of response_format pcm
SESSIONS = "/v1/realtime"
PIECE = 4800  # bytes of sound in a chunk, 100 ms
USE_PIECE = 4  # characters of a tool's arguments in a chunk

_TOKEN = re.compile(r"\s*\S{1,5}|\s+$")


class OpenAi:
    """The server: `async with OpenAi(script) as server`, then `server.url` is its address, with /v1."""

    def __init__(self, script: Script | None = None) -> None:
        self.script = script or Script()
        self.requests: list[Asked] = []
        self.arrived = asyncio.Condition()
        self.url = ""
        self.sessions: list[TranscriptionSession] = []
        self._texts = itertools.cycle(self.script.heard)  # of sessions' turns
        self._stack = AsyncExitStack()

    @property
    def open(self) -> int:
        """Requests under way."""
        return sum(not asked.ended for asked in self.requests)

    async def __aenter__(self) -> OpenAi:
        app = web.Application()
        app.add_routes(
            [
                web.get("/v1/models/{model}", self.answer(self.describe)),
                web.post("/v1/chat/completions", self.answer(self.chat)),
                web.post("/v1/audio/transcriptions", self.answer(self.transcribe)),
                web.post("/v1/audio/speech", self.answer(self.speak)),
                web.get(SESSIONS, self.answer(self.listen)),
            ]
        )
        runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def request(self, number: int) -> Asked:
        """Wait for a request by its number, counted from 0, and return it."""
        async with self.arrived:
            await self.arrived.wait_for(lambda: len(self.requests) > number and bool(self.requests[number].body))
        return self.requests[number]

    def answer(self, give: Callable[[web.Request, Asked], Any]) -> Callable[[web.Request], Any]:
        """Return a route that keeps the request, applies the faults due before any answer, then gives the answer."""

        async def route(request: web.Request) -> web.StreamResponse:
            asked = self.note(request)
            try:
                asked.body = await read(request)
                async with self.arrived:
                    self.arrived.notify_all()
                if asked.fault.hang == "request":
                    await for_ever()
                response: web.StreamResponse = self.refusal(request, asked) or await give(request, asked)
                asked.ended = "done"
                return response
            except ConnectionResetError:  # the client has gone, and aiohttp would print a trace
                return web.Response()
            finally:
                asked.ended = asked.ended or "gone"
                asked.over.set()

        return route

    def note(self, request: web.Request) -> Asked:
        """Keep a request, with the fault that it shall have."""
        script, number = self.script, len(self.requests)
        fault = script.faults[number] if number < len(script.faults) else script.always
        same = sum(asked.path == request.path for asked in self.requests)
        peer = request.transport.get_extra_info("peername")[1] if request.transport else 0
        asked = Asked(request.path, dict(request.headers), {}, fault or Fault(), same, peer)
        self.requests.append(asked)
        return asked

    def refusal(self, request: web.Request, asked: Asked) -> web.Response | None:
        """Return an HTTP error: the script's, or that of a wrong key; None if the request is to be answered."""
        status, code = asked.fault.status, asked.fault.code
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.script.key and key != self.script.key and request.path != SESSIONS:
            status = 401
        if not status:
            return None
        body = error_body(status, code, asked.fault.message, key=key, model=str(asked.body.get("model", "")))
        headers = {"Retry-After": asked.fault.retry_after} if asked.fault.retry_after else {}
        return web.Response(status=status, body=body, content_type="application/json", headers=headers)

    # ---- the answers -------------------------------------------------------------------------------------------

    async def describe(self, request: web.Request, asked: Asked) -> web.StreamResponse:
        return page(asked.body["model"], self.script)

    async def chat(self, request: web.Request, asked: Asked) -> web.StreamResponse:
        fault, script = asked.fault, self.script
        reply = fault.text if fault.text is not None else reply_to(asked.body["messages"], script.replies, asked.number)
        if not asked.body.get("stream"):
            count = len(_TOKEN.findall(reply.text if isinstance(reply, Ask) else reply))
            await asyncio.sleep(script.first_token + count / script.tokens_per_second)
            choice = {"index": 0, **whole(reply, fault)}
            return answer_json({"object": "chat.completion", "model": asked.body.get("model"), "choices": [choice]})
        out = await Body.open(request, asked, "text/event-stream")
        async for data, tokens in events(reply, asked, script):
            await out.write(data, tokens)
        return await out.end()

    async def transcribe(self, request: web.Request, asked: Asked) -> web.StreamResponse:
        sound = asked.body.get("file", b"")
        if not sound:
            return answer_json({"error": {"message": "file is a required field", "type": "invalid_request_error"}}, 400)
        await asyncio.sleep(self.script.transcribing)
        heard = self.script.heard[asked.number % len(self.script.heard)]
        text = heard if asked.fault.text is None else asked.fault.text
        if asked.body.get("stream") == "true":
            return await told_in_pieces(text, request, asked)
        if asked.body.get("response_format") == "text":
            return web.Response(text=text + "\n")
        return answer_json({"text": text})

    async def listen(self, request: web.Request, asked: Asked) -> web.StreamResponse:
        socket = web.WebSocketResponse(timeout=0.5)
        await socket.prepare(request)
        self.sessions.append(session := TranscriptionSession(socket, asked, self.script, partial(next, self._texts)))
        await session.run(request)
        return socket

    async def speak(self, request: web.Request, asked: Asked) -> web.StreamResponse:
        fault, text = asked.fault, str(asked.body.get("input", ""))
        if len(text) > 4096:
            return answer_json({"error": {"message": "string too long", "type": "invalid_request_error"}}, 400)
        out = await Body.open(request, asked, "audio/pcm")
        if fault.hang == "first":
            await for_ever()
        await asyncio.sleep(self.script.first_sound)
        length = len(text if fault.text is None else fault.text) / self.script.letters_per_second
        sound = audio.resample(audio.tone(length), audio.RATE, SPEECH_RATE) if length else b""
        step = PIECE + 1 if fault.odd else PIECE
        for number, begin in enumerate(range(0, len(sound), step)):
            if number == fault.after and fault.hang == "between":
                await for_ever()
            await out.write(sound[begin : begin + step])
        return await out.end()


async def told_in_pieces(text: str, request: web.Request, asked: Asked) -> web.StreamResponse:
    """Answer with a transcript, streamed."""
    out = await Body.open(request, asked, "text/event-stream")
    for token in _TOKEN.findall(text):
        await out.write(event({"type": "transcript.text.delta", "delta": token}))
    await out.write(event({"type": "transcript.text.done", "text": text}), 0)
    return await out.end()


def whole(reply: Reply, fault: Fault) -> dict[str, Any]:
    """Return the message of a reply that is not streamed, and its finish reason."""
    if isinstance(reply, str):
        return {"message": {"role": "assistant", "content": reply}, "finish_reason": fault.finish}
    uses = [begun(at, name, _json(arguments)) for at, (name, arguments) in enumerate(reply.uses)]
    message = {"role": "assistant", "content": reply.text or None, "tool_calls": uses}
    return {"message": message, "finish_reason": "tool_calls"}


def begun(at: int, name: str, arguments: str) -> dict[str, Any]:
    """Return the first delta of a use."""
    function = {"name": name, "arguments": arguments}
    return {"index": at, "id": f"call_{at}", "type": "function", "function": function}


async def events(reply: Reply, asked: Asked, script: Script) -> AsyncIterator[tuple[bytes, int]]:
    """Yield the lines of a streamed reply, each at its time, with the number of tokens in it."""
    fault, uses = asked.fault, () if isinstance(reply, str) else reply.uses
    tokens = _TOKEN.findall(reply if isinstance(reply, str) else reply.text)
    if fault.hang == "first":
        await for_ever()
    await asyncio.sleep(script.first_token)
    yield chunk({"role": "assistant", "content": ""}), 0
    for number, token in enumerate(itertools.cycle(tokens) if fault.endless else tokens):
        if number == fault.after:
            for line in fault.inject:
                yield f"{line}\n\n".encode(), 0
            if fault.hang == "between":
                await for_ever()
        yield chunk({"content": token}), 1
        await asyncio.sleep(1 / script.tokens_per_second)
    for at, (name, arguments) in enumerate(uses):
        for delta in deltas(at, name, arguments):
            yield chunk({"tool_calls": [delta]}), 1
            await asyncio.sleep(1 / script.tokens_per_second)
    if fault.finish:
        yield chunk({}, "tool_calls" if uses else fault.finish) + b"data: [DONE]\n\n", 0
    if fault.linger:
        await for_ever()


def deltas(at: int, name: str, arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the deltas of a use: its name, then its arguments, a few signs at a time."""
    text = _json(arguments)
    yield begun(at, name, "")
    for begin in range(0, len(text), USE_PIECE):
        yield {"index": at, "function": {"arguments": text[begin : begin + USE_PIECE]}}


def _json(arguments: dict[str, Any]) -> str:
    return msgspec.json.encode(arguments).decode()
