"""An agent to dial in tests: a small server of aiohttp alone, whose answers each test makes up."""

import asyncio
import json
from contextlib import asynccontextmanager

from aiohttp import WSMsgType, web

from pipeline import audio
from pipeline.phone.script import Pcm
from pipeline.twilio.messages import SUBPROTOCOL, Outbound, parse

WORDS = Pcm(audio.tone(0.2), "words")
SPEECH = b"\x20" * 160  # 20 ms of mu-law
WEBHOOK, MEDIA, STATUS, ACTION = "/webhook/incoming_call", "/ws/media", "/webhook/stream_status", "/webhook/call_ended"


def run(main):
    """Run a test, and find the tasks that it left behind."""

    async def alone():
        await main
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(alone())


VANISH = "vanish"


class Agent:
    """A server that talks to one call: `talk(ws, message)` is given each message, and may answer."""

    def __init__(self, talk=None, twiml=None):
        self.talk = talk
        self.twiml = twiml
        self.url = ""
        self.messages, self.requests = [], []
        self.ended = asyncio.Event()

    @asynccontextmanager
    async def serve(self):
        app = web.Application()
        app.add_routes([web.post(path, self.post) for path in (WEBHOOK, STATUS, ACTION)])
        app.add_routes([web.get(MEDIA, self.media), web.get("/page", self.page)])
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def post(self, request):
        self.requests.append((request, await request.post()))
        if request.path == STATUS:
            return web.Response(status=204)
        answer = self.twiml if request.path == WEBHOOK else "<Response><Hangup/></Response>"
        if isinstance(answer, web.Response):
            return answer
        return web.Response(text=answer, content_type="text/xml")

    async def page(self, request):
        return web.Response(text="hello")

    async def media(self, request):
        ws = web.WebSocketResponse(protocols=(SUBPROTOCOL,))
        await ws.prepare(request)
        self.requests.append((request, ws.ws_protocol))
        try:
            async for frame in ws:
                self.messages.append(json.loads(frame.data))
                if self.talk is not None and await self.talk(ws, self.messages) is VANISH:
                    request.transport.abort()
        finally:
            self.ended.set()
        return ws

    def of(self, event):
        return [message for message in self.messages if message["event"] == event]


def out(messages):
    return Outbound(messages[1]["streamSid"])


async def say(ws, *messages):
    for message in messages:
        await ws.send_frame(message, WSMsgType.TEXT)


def when(event, count, answer):
    """An agent that answers the so manyth message of a kind."""

    async def talk(ws, messages):
        if messages[-1]["event"] == event and sum(each["event"] == event for each in messages) == count:
            return await answer(ws, messages)
        return None

    return talk


async def reply(ws, messages):
    await say(ws, out(messages).clear, out(messages).media(SPEECH * 3), out(messages).mark("said"))


def loud(messages):
    """Whether each of these is voice; messages that are no sound are left out."""
    sounds = [parse(json.dumps(each).encode()).media for each in messages if "media" in each]
    return [audio.rms(audio.decode(sound.payload)) > 210 for sound in sounds]


async def echo(ws, messages):
    """Answer as soon as two silent frames follow a voiced one."""
    if loud(messages[-3:]) == [True, False, False]:
        await reply(ws, messages)
