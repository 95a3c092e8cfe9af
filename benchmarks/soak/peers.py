"""Hostile peers of the media stream: each opens a signed stream of its own, as Twilio would, and then misbehaves.

Each returns a sentence if the server did not do what it promises, else nothing.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

from aiohttp import ClientSession, ClientWebSocketResponse, TCPConnector, WSMsgType

from benchmarks.soak.ground import FAULTY, PUBLIC, TOKEN, Ground
from pipeline import audio
from pipeline.phone.script import Pcm, Wait
from pipeline.phone.stream import MediaStream
from pipeline.phone.webhooks import TIMEOUT, Webhooks, ringing
from pipeline.testing import voice
from pipeline.twilio.instructions import CallError, Connect

STRANGER = "127.0.0.2"  # the address that faults come from
WEBHOOK = f"{PUBLIC}/webhook/incoming_call"
CLOSES = 25.0  # seconds in which the server closes a stream that is of no use
FRAME = audio.FRAME_SECONDS

Fault = Callable[[Ground], Awaitable[str]]


class Peer:
    """A media stream from Twilio's side; `stream` makes its messages."""

    def __init__(self, ws: ClientWebSocketResponse, stream: MediaStream) -> None:
        self.ws, self.stream = ws, stream

    @property
    def transport(self) -> asyncio.Transport:
        """The connection itself."""
        connection = self.ws._response.connection
        assert connection is not None
        assert connection.transport is not None
        return connection.transport

    async def send(self, *messages: bytes | str) -> None:
        """Send text frames."""
        for message in messages:
            await self.ws.send_frame(message if isinstance(message, bytes) else message.encode(), WSMsgType.TEXT)

    async def talk(self, seconds: float) -> None:
        """Send the caller's sound at its pace."""
        until = time.monotonic() + seconds
        while (now := time.monotonic()) < until:
            await self.send(*self.stream.say(now))
            await asyncio.sleep(FRAME)

    async def closed(self) -> int | None:
        """Read until the server closes, and return its code; None if it does not in `CLOSES` seconds."""
        try:
            async with asyncio.timeout(CLOSES):
                while (await self.ws.receive()).type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    pass
        except TimeoutError:
            return None
        return self.ws.close_code or 1006

    async def must_close(self) -> str:
        """Return a complaint if the server does not close."""
        return "" if await self.closed() is not None else f"the stream was still open after {CLOSES:g} s"


@asynccontextmanager
async def opened(ground: Ground, started: bool = True) -> AsyncIterator[Peer]:
    """Open a stream of the faulty agent, with its `connected` and `start` sent if `started`."""
    async with _dialled(ground) as (webhooks, connect, stream):
        ws = await webhooks.open(connect)
        peer = Peer(ws, stream)
        stream.parameters = connect.parameters
        try:
            if started:
                await peer.send(*stream.open(time.monotonic()))
            yield peer
        finally:
            await ws.close()


@asynccontextmanager
async def _dialled(ground: Ground) -> AsyncIterator[tuple[Webhooks, Connect, MediaStream]]:
    account, call, sid = (kind + uuid4().hex for kind in ("AC", "CA", "MZ"))
    script = (Wait(0.3), Pcm(pcm=voice(1.5)), Wait(60.0))
    stream = MediaStream(script, call_sid=call, stream_sid=sid, account_sid=account)
    async with ClientSession(timeout=TIMEOUT, connector=TCPConnector(local_addr=(STRANGER, 0))) as http:
        form = ringing(account, call, "+97250" + call[-7:].translate(_DIGITS), FAULTY)
        webhooks = Webhooks(http, form, sid, TOKEN, ground.server.url, PUBLIC)
        answer = await webhooks.ask(WEBHOOK)
        connect = next((each for each in answer.instructions if isinstance(each, Connect)), None)
        if connect is None:
            raise CallError(f"the TwiML opens no stream: {answer.verbs}")
        yield webhooks, connect, stream


_DIGITS = str.maketrans("abcdef", "012345")

# ---- the faults ------------------------------------------------------------------------------------------------------


def repeated(message: str, count: int) -> Fault:
    """Return a fault: the same message so many times, after which the server has to close."""

    async def fault(ground: Ground) -> str:
        async with opened(ground) as peer:
            await peer.talk(0.5)
            sending = asyncio.ensure_future(_pour(peer, message.replace("MZ", peer.stream.stream_sid), count))
            complaint = await peer.must_close()
            await sending
            return complaint

    return fault


async def _pour(peer: Peer, message: str, count: int) -> None:
    try:
        await peer.send(*[message] * count)
    except ConnectionError:  # the server has closed already
        return


async def binary(ground: Ground) -> str:
    async with opened(ground) as peer:
        for _ in range(30):
            await peer.ws.send_bytes(b"\xff\xfe\x00")
        await peer.talk(1.0)
    return ""


async def giant(ground: Ground) -> str:
    async with opened(ground) as peer:
        sending = asyncio.ensure_future(_pour(peer, '{"event":"media","x":"' + "a" * 5_000_000 + '"}', 1))
        complaint = await peer.must_close()
        await sending
        return complaint


def closing(code: int) -> Fault:
    """Return a fault: a close frame with this code."""

    async def fault(ground: Ground) -> str:
        async with opened(ground) as peer:
            await peer.talk(0.5)
            await peer.ws.close(code=code)
        return ""

    return fault


async def reset(ground: Ground) -> str:
    async with opened(ground) as peer:
        await peer.talk(3.0)
        linger = struct.pack("ii", 1, 0)
        peer.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        peer.transport.abort()
    return ""


async def half_open(ground: Ground) -> str:
    async with opened(ground) as peer:
        await peer.talk(2.0)
        return await peer.must_close()


async def deaf(ground: Ground) -> str:
    async with opened(ground) as peer:
        peer.transport.pause_reading()
        try:
            await peer.talk(20.0)
        except ConnectionError:  # which the server has ended, as it may
            return ""
        peer.transport.abort()
    return ""


async def two_starts(ground: Ground) -> str:
    async with opened(ground) as peer:
        await peer.send(*peer.stream.open(time.monotonic()))
        return await peer.must_close()


async def never_starts(ground: Ground) -> str:
    async with opened(ground, started=False) as peer:
        return await peer.must_close()


async def media_first(ground: Ground) -> str:
    async with opened(ground, started=False) as peer:
        first = peer.stream.open(time.monotonic())
        sending = asyncio.ensure_future(_media_then(peer, first))
        complaint = await peer.must_close()
        await sending
        return complaint


async def _media_then(peer: Peer, first: list[bytes]) -> None:
    try:
        await peer.send(first[0])
        await peer.talk(8.0)
    except ConnectionError:
        return


async def burst(ground: Ground) -> str:
    async with opened(ground) as peer:
        await peer.send(*peer.stream.say(time.monotonic() + 30.0))  # half a minute at once
        await asyncio.sleep(2.0)
    return ""


async def pings(ground: Ground) -> str:
    async with opened(ground) as peer:
        try:
            for _ in range(3000):
                await peer.ws.ping()
        except ConnectionError:
            return ""
    return ""


async def twice_opened(ground: Ground) -> str:
    async with _dialled(ground) as (webhooks, connect, _):
        ws = await webhooks.open(connect)
        try:
            second = await webhooks.open(connect)
        except CallError:
            return ""
        finally:
            await ws.close()
        await second.close()
        return "an address opened two streams"


MEDIA = '{"event":"media","streamSid":"MZ","media":{"track":"inbound","chunk":"1","payload":"%s"}}'
FAULTS: dict[str, Fault] = {
    "stream of broken JSON": repeated("{", 40),
    "stream of deep JSON": repeated("[" * 30_000, 40),
    "stream of another's media": repeated('{"event":"media","streamSid":"MZother","media":{"payload":"//8="}}', 40),
    "stream of wrong base64": repeated(MEDIA % "%%%", 60),
    "stream of surrogates": repeated('{"event":"dtmf","streamSid":"MZ","dtmf":{"digit":"\\ud800"}}', 40),
    "stream of binary frames": binary,
    "stream with a giant frame": giant,
    "stream closed with 1006": closing(1006),
    "stream closed with 5000": closing(5000),
    "stream reset": reset,
    "stream half open": half_open,
    "stream not read": deaf,
    "stream of two starts": two_starts,
    "stream without a start": never_starts,
    "stream of media first": media_first,
    "stream with a burst": burst,
    "stream of pings": pings,
    "stream opened twice": twice_opened,
}
