"""An agent to dial in tests: a small server of aiohttp alone, whose answers each test makes up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import WSMsgType, web

from pipeline import audio
from pipeline.phone.script import Pcm
from pipeline.twilio.messages import SUBPROTOCOL, Outbound, parse

WORDS = Pcm(audio.tone(0.2), "words")
SPEECH = b"\x20" * 160  # 20 ms of mu-law
WEBHOOK, MEDIA, STATUS, ACTION = "/webhook/incoming_call", "/ws/media", "/webhook/stream_status", "/webhook/call_ended"
VANISH = "vanish"  # the answer of a `talk` that breaks the connection

Messages = list[dict[str, Any]]
Talk = Callable[[web.WebSocketResponse, Messages], Awaitable[Any]]


class Agent:
    """A server that talks to one call: `talk(ws, message)` is given each message, and may answer."""

    def __init__(self, talk: Talk | None = None, twiml: str | web.Response | None = None) -> None:
        self.talk = talk
        self.twiml = twiml
        self.url = ""
        self.pages: dict[str, str | web.Response] = {}  # more TwiML, by path
        self.messages: Messages = []
        self.requests: list[tuple[web.Request, Any]] = []
        self.ended = asyncio.Event()

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[Agent]:
        app = web.Application()
        app.add_routes([web.post(path, self.post) for path in (WEBHOOK, STATUS, ACTION)])
        app.add_routes([web.get(MEDIA, self.media), web.get("/page", self.page), web.get("/sound", self.sound)])
        app.add_routes([web.post(path, self.post) for path in self.pages if path not in (WEBHOOK, STATUS, ACTION)])
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def post(self, request: web.Request) -> web.Response:
        self.requests.append((request, await request.post()))
        if request.path == STATUS:
            return web.Response(status=204)
        answer = self.twiml if request.path == WEBHOOK else "<Response><Hangup/></Response>"
        answer = self.pages.get(request.path, answer)
        if isinstance(answer, web.Response):
            return answer
        return web.Response(text=answer, content_type="text/xml")

    async def page(self, request: web.Request) -> web.Response:
        return web.Response(text="hello")

    async def sound(self, request: web.Request) -> web.Response:
        return web.Response(body=b"RIFF", content_type="audio/wav")

    async def media(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(protocols=(SUBPROTOCOL,))
        await ws.prepare(request)
        self.requests.append((request, ws.ws_protocol))
        try:
            async for frame in ws:
                self.messages.append(json.loads(frame.data))
                if self.talk is not None and await self.talk(ws, self.messages) is VANISH:
                    assert request.transport is not None
                    request.transport.abort()
        finally:
            self.ended.set()
        return ws

    def of(self, event: str) -> Messages:
        return [message for message in self.messages if message["event"] == event]


def out(messages: Messages) -> Outbound:
    return Outbound(messages[1]["streamSid"])


async def say(ws: web.WebSocketResponse, *messages: bytes) -> None:
    for message in messages:
        await ws.send_frame(message, WSMsgType.TEXT)


def when(event: str, count: int, answer: Talk) -> Talk:
    """An agent that answers the so manyth message of a kind."""

    async def talk(ws: web.WebSocketResponse, messages: Messages) -> Any:
        if messages[-1]["event"] == event and sum(each["event"] == event for each in messages) == count:
            return await answer(ws, messages)
        return None

    return talk


async def reply(ws: web.WebSocketResponse, messages: Messages) -> None:
    await say(ws, out(messages).clear, out(messages).media(SPEECH * 3), out(messages).mark("said"))


def loud(messages: Messages) -> list[bool]:
    """True for each of these that is voice; messages that are no sound are left out."""
    sounds = [parse(json.dumps(each).encode()).media for each in messages if "media" in each]
    return [audio.rms(audio.decode(sound.payload)) > 210 for sound in sounds if sound]


async def echo(ws: web.WebSocketResponse, messages: Messages) -> None:
    """Answer as soon as two silent frames follow a voiced one."""
    if loud(messages[-3:]) == [True, False, False]:
        await reply(ws, messages)
