"""Twilio's end of a call, word for word as a test wants it."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol
from xml.etree import ElementTree

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from twilio.request_validator import RequestValidator
from yarl import URL

from pipeline.audio import SILENCE
from pipeline.server.app import Server

TOKEN, ACCOUNT, PUBLIC = "an-auth-token", "AC" + "a" * 32, "https://agent.example"
STREAM_SID = "MZ" + "1" * 32
SOUND = bytes(range(80)) * 2  # mu-law that decoding and encoding leaves as it is


class Served(Protocol):
    """A server that has an address, and another for health and metrics."""

    @property
    def url(self) -> str: ...

    @property
    def admin_url(self) -> str: ...


def sid(number: int = 1) -> str:
    """The CallSid of the call with this number."""
    return f"CA{number:032x}"


def signed(url: str, form: Mapping[str, str] | None = None, token: str = TOKEN) -> dict[str, str]:
    """The header that Twilio would sign a request with, by Twilio's own library."""
    return {"X-Twilio-Signature": RequestValidator(token).compute_signature(url, form or {})}


async def ring(server: Served, session: ClientSession, call_sid: str, **form: str) -> ElementTree.Element:
    """The TwiML that answers a ringing call."""
    form = {"CallSid": call_sid, **form}
    async with session.post(f"{server.url}/webhook/incoming_call", data=form) as response:
        assert response.status == 200, await response.text()
        return ElementTree.fromstring(await response.text())


async def metric(server: Served, session: ClientSession, name: str) -> float:
    """The value of one line of /metrics; 0 if it is not there."""
    async with session.get(f"{server.admin_url}/metrics") as response:
        found = re.search(rf"^{re.escape(name)} (\S+)$", await response.text(), re.MULTILINE)
    return float(found[1]) if found else 0.0


class Peer:
    """A media stream seen from Twilio's side."""

    def __init__(self, ws: ClientWebSocketResponse, call_sid: str, token: str = "") -> None:
        self.ws = ws
        self.call_sid = call_sid
        self.token = token

    @property
    def transport(self) -> asyncio.Transport:
        """The connection itself, for what no well-bred client would do."""
        connection = self.ws._response.connection
        assert connection is not None
        assert connection.transport is not None
        return connection.transport

    async def say(self, event: str, **fields: Any) -> None:
        """Send one message of the stream."""
        await self.ws.send_str(json.dumps({"event": event, "streamSid": STREAM_SID, **fields}))

    async def start(self, **changes: Any) -> None:
        """Send `connected` and `start`."""
        await self.ws.send_str('{"event":"connected","protocol":"Call","version":"1.0.0"}')
        parameters = {"call_sid": self.call_sid, "token": self.token}
        start = {"streamSid": STREAM_SID, "callSid": self.call_sid, "customParameters": parameters, **changes}
        await self.say("start", start=start)

    async def speak(self, number: int = 1, sound: bytes = SOUND) -> None:
        """Send a piece of the caller's voice."""
        payload = base64.b64encode(sound).decode()
        await self.say("media", media={"track": "inbound", "chunk": str(number), "payload": payload})

    async def press(self, digit: str) -> None:
        """Send a key."""
        await self.say("dtmf", dtmf={"track": "inbound_track", "digit": digit})

    async def hears(self) -> dict[str, Any]:
        """The next message of the server."""
        message = await self.ws.receive()
        assert message.type is WSMsgType.TEXT, message
        told: dict[str, Any] = json.loads(message.data)
        return told

    async def talks(self, number: int = 1) -> None:
        """Speak, and hear it come back: the call lives."""
        await self.speak(number)
        # A line that has sent nothing for long is silent, and that comes back first.
        while (sound := base64.b64decode((await self.hears())["media"]["payload"])) == SILENCE:
            pass
        assert sound == SOUND

    async def closed(self) -> int | None:
        """Read on until the server closes; gives back its close code."""
        while (message := await self.ws.receive()).type not in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.ERROR):
            pass
        return message.data if message.type is WSMsgType.CLOSE else self.ws.close_code


@asynccontextmanager
async def stream(server: Served, session: ClientSession, call_sid: str = sid(), **options: Any) -> AsyncIterator[Peer]:
    """An open stream that no webhook announced, before its start."""
    async with session.ws_connect(f"{server.url}/ws/twilio-media", **options) as ws:
        yield Peer(ws, call_sid)


@asynccontextmanager
async def call(server: Served, session: ClientSession, call_sid: str = sid(), **form: str) -> AsyncIterator[Peer]:
    """A call from the ring on, started and alive."""
    twiml = await ring(server, session, call_sid, **form)
    address, parameters = opened(twiml)
    async with session.ws_connect(address) as ws:
        peer = Peer(ws, call_sid, parameters["token"])
        await peer.start()
        await peer.talks()
        yield peer


def opened(twiml: ElementTree.Element) -> tuple[str, dict[str, str]]:
    """The address of the stream that the TwiML opens, and its parameters."""
    verb = twiml.find("Connect/Stream")
    assert verb is not None, ElementTree.tostring(twiml)
    return verb.attrib["url"], {it.attrib["name"]: it.attrib["value"] for it in verb.findall("Parameter")}


INCOMING = "/webhook/incoming_call"
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


BUSY = '<?xml version="1.0" encoding="UTF-8"?><Response><Reject reason="busy" /></Response>'


SECURE = {"public_base_url": PUBLIC, "auth_token": TOKEN, "account_sid": ACCOUNT}


async def answer(
    server: Server, session: ClientSession, form: dict[str, str], headers: dict[str, str] | None = None, query: str = ""
) -> str:
    """What the webhook answers."""
    url = f"{server.url}{INCOMING}?{query}" if query else server.url + INCOMING
    async with session.post(URL(url, encoded=True), data=form, headers=headers) as response:
        assert response.status == 200
        return await response.text()


async def raw(server: Server, *pieces: bytes) -> bytes:
    """What the server answers to these bytes, up to its end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for piece in pieces:
        writer.write(piece)
    answered = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answered
