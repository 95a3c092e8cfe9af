"""Strangers at the server's port: forged webhooks, floods of connections, slow heads, and what is no HTTP."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack, suppress
from http import HTTPStatus
from urllib.parse import urlsplit
from uuid import uuid4

from aiohttp import ClientSession, ClientTimeout, TCPConnector

from benchmarks.soak.ground import FAULTY, PUBLIC, Ground
from benchmarks.soak.peers import STRANGER, Fault
from pipeline.phone.webhooks import ringing
from pipeline.twilio.signature import HEADER, sign

PATH = "/webhook/incoming_call"
HEAD = 10.0  # seconds in which a slow head is cut; the server's own limit is 5
FORGED = ClientTimeout(total=20.0)  # answers to forgers come late
GARBAGE = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 20_000 + b"\r\n\r\n",
    bytes(range(256)) * 40,
)


async def forged(ground: Ground) -> str:
    """Post webhooks that somebody else has signed, five at a time."""
    async with ClientSession(timeout=FORGED, connector=TCPConnector(local_addr=(STRANGER, 0))) as http:
        statuses = await asyncio.gather(*(_forge(http, ground) for _ in range(5)))
    passed = [status for status in statuses if status != HTTPStatus.FORBIDDEN]
    return f"a forged webhook was answered {passed[0]}" if passed else ""


async def _forge(http: ClientSession, ground: Ground) -> int:
    form = ringing("AC" + uuid4().hex, "CA" + uuid4().hex, "+972500000009", FAULTY)
    headers = {HEADER: sign("another token", PUBLIC + PATH, form)}
    async with http.post(ground.server.url + PATH, data=form, headers=headers) as answer:
        return answer.status


async def oversize(ground: Ground) -> str:
    """Post a body of two megabytes, and a form of 20 000 fields."""
    async with ClientSession(timeout=FORGED, connector=TCPConnector(local_addr=(STRANGER, 0))) as http:
        for body in (b"a=" + b"b" * 2_000_000, "&".join(f"a{number}=b" for number in range(20_000)).encode()):
            with suppress(OSError):  # refused while it was written
                async with http.post(ground.server.url + PATH, data=body) as answer:
                    if answer.status < HTTPStatus.BAD_REQUEST:
                        return f"a giant body was answered {answer.status}"
    return ""


async def flood(ground: Ground) -> str:
    """Open 300 connections at once, say nothing, and leave after three seconds."""
    async with AsyncExitStack() as stack:
        opening = (_connection(stack, ground) for _ in range(300))
        await asyncio.gather(*opening, return_exceptions=True)
        await asyncio.sleep(3.0)
    return ""


async def slow_heads(ground: Ground) -> str:
    """Send the heads of ten requests, a byte a second."""
    async with AsyncExitStack() as stack:
        ends = [await _connection(stack, ground) for _ in range(10)]
        cut = await asyncio.gather(*(_slowly(reader, writer) for reader, writer in ends))
    return "" if all(cut) else f"{cut.count(False)} slow heads were not cut within {HEAD:g} s"


async def _slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    head = b"POST /webhook/incoming_call HTTP/1.1\r\nHost: soak\r\n"
    for place in range(round(HEAD)):
        with suppress(OSError):
            writer.write(head[place : place + 1])
            await writer.drain()
        try:
            async with asyncio.timeout(1.0):
                await reader.read()
        except TimeoutError:  # still open; an OSError, too, so it stands first
            continue
        except OSError:
            return True
        return True
    return False


async def garbage(ground: Ground) -> str:
    """Send what is no HTTP, or none that is served."""
    for piece in GARBAGE:
        async with AsyncExitStack() as stack:
            reader, writer = await _connection(stack, ground)
            with suppress(OSError):
                writer.write(piece)
                await writer.drain()
                async with asyncio.timeout(HEAD):
                    await reader.read(random.randrange(1, 4096))
    return ""


async def _connection(stack: AsyncExitStack, ground: Ground) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    at = urlsplit(ground.server.url)
    reader, writer = await asyncio.open_connection(at.hostname, at.port, local_addr=(STRANGER, 0))
    stack.callback(writer.close)
    return reader, writer


FAULTS: dict[str, Fault] = {
    "forged webhooks": forged,
    "giant bodies": oversize,
    "flood of connections": flood,
    "slow heads": slow_heads,
    "garbage for HTTP": garbage,
}
