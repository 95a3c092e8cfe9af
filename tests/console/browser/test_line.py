"""The page's telephone is Twilio, message by message: as `pipeline.phone.stream`, the other one of the house."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from pipeline import audio
from pipeline.phone.script import Dtmf, Wait
from pipeline.phone.stream import MediaStream
from pipeline.twilio.messages import SUBPROTOCOL, Outbound, parse
from tests.kit.browser import Page
from tests.kit.static_pages import blank_page

SIDS: dict[str, Any] = {"call_sid": "CA" + "1" * 32, "stream_sid": "MZ" + "2" * 32, "account_sid": "AC" + "3" * 32}
ANSWER: dict[str, Any] = {**SIDS, "stream": "/phone/token", "parameters": {"call_sid": SIDS["call_sid"], "token": "t"}}
OUT = Outbound(SIDS["stream_sid"])
SECOND = audio.encode(audio.tone(1.0))
PREPARE = """import("/static/phone/line.js").then(async ({Line}) => {
    const told = window.told = [];
    const tell = (what) => (value) => told.push([what, value]);
    window.line = new Line({
        state: tell("state"), closed: tell("closed"), warning: tell("warning"),
        levels: (levels) => { window.loudest = Math.max(window.loudest ?? 0, levels.agent); },
    });
    await window.line.prepare({way: "%s"});
})"""
ENDINGS = (
    (1000, "goodbye", "The agent has hung up.", False),
    (1001, "", "The server ends.", False),
    (1013, "no slot is free", "The server has no free line. It said: no slot is free.", True),
    (1008, "no start", "The server refused the call. It said: no start.", True),
    (4321, "", "The call was closed.", True),
)
KEEP_MICROPHONE = """(() => {
    const devices = navigator.mediaDevices, open = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (asked) => (window.opened = await open(asked));
})()"""
GIVEN_UP = """async (moment) => {
    const {Line} = await import("/static/phone/line.js"), told = [];
    const line = new Line({state: (it) => told.push(it), levels: () => moment === "warming" && line.hangUp()});
    const going = line.prepare();
    if (moment === "at once") line.hangUp();
    const name = await going.then(() => "", (error) => error.name);
    line.dial({stream: "/phone/token"});
    return [name, told];
}"""
MOMENTS = ('"at once"', '"warming"')


class Agent:
    """The server's end of the page's socket: it keeps what comes, and says what it is told to say."""

    def __init__(self, path: str = "/phone/token") -> None:
        self.answer = {**ANSWER, "stream": path}
        self.sent: list[str] = []  # by the page
        self.subprotocol: str | None = None
        self.code: int | None = None
        self.socket = web.WebSocketResponse(protocols=(SUBPROTOCOL,))
        self.ending: dict[str, Any] | None = None  # the close that it answers the next message with
        self._new = asyncio.Event()
        self.routes = [web.get(path, self._answer)]

    async def _answer(self, request: web.Request) -> web.WebSocketResponse:
        await self.socket.prepare(request)
        self.subprotocol = self.socket.ws_protocol
        async for message in self.socket:
            assert message.type is WSMsgType.TEXT
            self.sent.append(message.data)
            self._new.set()
            if self.ending:
                await self.socket.close(**self.ending)
        self.code = self.socket.close_code
        self._new.set()
        return self.socket

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that the page sends."""
        while not condition():
            self._new.clear()
            await self._new.wait()

    def of(self, event: str) -> list[dict[str, Any]]:
        """The messages of one kind."""
        return [it for it in map(json.loads, self.sent) if it["event"] == event]

    async def say(self, *messages: bytes) -> None:
        """Send messages to the page."""
        for message in messages:
            await self.socket.send_str(message.decode())


async def call(page: Page, agent: Agent, way: str = "headset") -> None:
    """The page calls the agent, which has heard a tenth of a second."""
    await page.evaluate(PREPARE % way)
    await page.evaluate(f"line.dial({json.dumps(agent.answer)})")
    await agent.until(lambda: len(agent.of("media")) >= 5)


def simulated() -> list[str]:
    """The messages of the simulated Twilio in a call of the same kind."""
    stream = MediaStream([Wait(0.1), Dtmf("5"), Wait(0.1)], **SIDS, parameters=ANSWER["parameters"])
    sent = stream.open(0.0)
    stream.hear(OUT.mark("sentence:1"), 0.05)
    while not stream.over:
        sent += stream.say(stream.wake())
    return [it.decode() for it in [*sent, *stream.close(0.3)]]


def shapes(messages: list[str]) -> set[str]:
    """The messages with the order of their fields, but without numbers and sound."""
    return {json.dumps(masked(json.loads(it)), sort_keys=False) for it in messages}


def masked(value: dict[str, Any]) -> dict[str, Any]:
    """A message in which the type stands for what differs from one to the next."""
    counted = ("sequenceNumber", "chunk", "timestamp", "payload")
    kept = {key: type(it).__name__ if key in counted else it for key, it in value.items()}
    return {key: masked(it) if isinstance(it, dict) else it for key, it in kept.items()}


def test_both_phones_say_the_same() -> None:
    """Each message has the fields, types and order of the simulated Twilio's, and they are numbered without a gap."""

    async def scene() -> None:
        agent = Agent()
        async with blank_page(routes=agent.routes) as page:
            await call(page, agent)
            await agent.say(OUT.mark("sentence:1"))
            await page.evaluate('line.press("5"); line.press("x"); line.press("")')
            await agent.until(lambda: bool(agent.of("mark") and agent.of("dtmf")))
            await page.evaluate("line.hangUp(); line.hangUp(); line.press('1')")
            await agent.until(lambda: agent.code is not None)
            assert agent.subprotocol == SUBPROTOCOL and agent.code == 1000
            assert shapes(agent.sent) == shapes(simulated())
            assert [parse(it.encode()).event for it in agent.sent[:2]] == ["connected", "start"]
            assert json.loads(agent.sent[-1])["event"] == "stop"
            numbers = [int(json.loads(it)["sequenceNumber"]) for it in agent.sent[1:]]
            assert numbers == list(range(1, len(agent.sent)))
            media = [it["media"] for it in agent.of("media")]
            assert [it["chunk"] for it in media] == [str(at + 1) for at in range(len(media))]
            assert [it["timestamp"] for it in media] == [str(20 * at) for at in range(len(media))]
            assert {len(b64decode(it["payload"])) for it in media} == {audio.FRAME_SAMPLES}
            assert await page.evaluate("told.filter(([what]) => what === 'state').map(([, state]) => state)") == [
                *("preparing", "ready", "connecting", "open", "closed")
            ]
            ended = {"code": 1000, "reason": "", "text": "You have hung up.", "fault": False}
            assert await page.evaluate("told.filter(([what]) => what === 'closed')") == [["closed", ended]]
            assert page.complaints == []

    asyncio.run(asyncio.wait_for(scene(), 60))


def test_marks_come_back_as_from_twilio() -> None:
    """When their sound has played, at once if none waits, and all of them on `clear`; sound of any size is played."""

    async def scene() -> None:
        agent = Agent()
        async with blank_page(routes=agent.routes) as page:
            await call(page, agent)
            pieces = [OUT.media(SECOND[at : at + size]) for at, size in ((0, 1), (1, 159), (160, 1000), (1160, 440))]
            heard = len(agent.of("media"))
            await agent.say(OUT.mark("at once"), *pieces, OUT.mark("played"))
            await agent.until(lambda: len(agent.of("mark")) == 2)
            assert (
                len(agent.of("media")) - heard >= 8
            )  # 200 ms are ten frames of the microphone, of which some are under way
            assert await page.until("loudest > 0.1")
            await agent.say(OUT.media(20 * SECOND), OUT.mark("one"), OUT.media(20 * SECOND), OUT.mark("two"), OUT.clear)
            await agent.until(lambda: len(agent.of("mark")) == 4)
            assert [it["mark"]["name"] for it in agent.of("mark")] == ["at once", "played", "one", "two"]
            assert len(agent.of("media")) < 1000  # of the forty seconds, nothing was waited for
            assert await page.evaluate("told.filter(([what]) => what === 'warning')") == page.complaints == []

    asyncio.run(asyncio.wait_for(scene(), 60))


def test_the_line_is_warm_before_the_stream_opens() -> None:
    """The second of noise that prepares an echo canceller is over before the first message, and none of it is sent."""

    async def scene() -> None:
        agent = Agent()
        async with blank_page(routes=agent.routes) as page:
            await call(page, agent, "loudspeaker")
            assert agent.of("media")[0]["media"]["timestamp"] == "0"
            assert await page.evaluate("told.map(([, value]) => value)") == ["preparing", "ready", "connecting", "open"]

    asyncio.run(asyncio.wait_for(scene(), 60))


def test_the_end_is_told_in_words() -> None:
    """The close code of the server, its reason, and their meaning; the microphone is let go of."""
    agents = [Agent(f"/phone/{code}") for code, *_ in ENDINGS]

    async def scene() -> None:
        async with blank_page(routes=[route for agent in agents for route in agent.routes]) as page:
            await page.evaluate(KEEP_MICROPHONE)
            for agent, (code, reason, text, fault) in zip(agents, ENDINGS, strict=True):
                await call(page, agent)
                agent.ending = {"code": code, "message": reason.encode()}
                (told,) = await page.until("(it => it.length && it)(told.filter(([what]) => what === 'closed'))")
                assert told[1] == {"code": code, "reason": reason, "text": text, "fault": fault}
                assert await page.evaluate("opened.getTracks().map((it) => it.readyState)") == ["ended"]

    asyncio.run(asyncio.wait_for(scene(), 60))


def test_messages_that_twilio_would_not_take_are_told() -> None:
    """The call goes on after a message of another stream, an unknown one, no JSON, and one without sound."""

    async def scene() -> None:
        agent = Agent()
        async with blank_page(routes=agent.routes) as page:
            await call(page, agent)
            alien = Outbound("MZ" + "9" * 32)
            faulty = [
                b"{",
                alien.clear,
                OUT.clear.replace(b"clear", b"constructor"),
                OUT.clear.replace(b"clear", b"media"),
            ]
            await agent.say(*faulty, OUT.mark("still here"))
            await agent.until(lambda: bool(agent.of("mark")))
            warnings = await page.evaluate("told.filter(([what]) => what === 'warning').map(([, text]) => text)")
            assert len(warnings) == 4 and all("not as Twilio takes it" in it for it in warnings)

    asyncio.run(asyncio.wait_for(scene(), 60))


def test_a_line_can_be_given_up_at_any_time() -> None:
    """Hung up while it prepares, it opens nothing and lets go of what it has; the server is not called."""

    async def scene() -> None:
        async with blank_page() as page:
            for moment in MOMENTS:
                assert await page.evaluate(f"({GIVEN_UP})({moment})") == ["AbortError", ["preparing", "closed"]]
            assert page.complaints == []

    asyncio.run(asyncio.wait_for(scene(), 60))
