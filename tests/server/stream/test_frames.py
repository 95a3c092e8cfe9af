"""WebSocket frames, right and wrong, as section by section the Autobahn test suite has them, over a raw socket.

The suite itself does not run on this Python. Its sections are: 1 framing, 2 pings, 3 reserved bits, 4 opcodes,
5 fragments, 6 UTF-8, 7 closing. Ours are: 8 masks, 9 floods.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import WSMsgType, web

from pipeline.server.stream.frames import BURST
from pipeline.server.stream.inbox import Stream
from pipeline.twilio.messages import MAX_MESSAGE

GO_ON, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
HEBREW, BAD = "שלום κόσμε 🦜".encode(), b"\xce\xba\xe1\xbd\xb9\xed\xa0\x80edited"
Told = list[tuple[int, bytes]]
Case = tuple[bytes, Told]


def frame(kind: int, data: bytes = b"", *, fin: bool = True, reserved: int = 0, masked: bool = True) -> bytes:
    """A frame of a client."""
    size, mask = len(data), os.urandom(4) if masked else b""
    first = bytes((fin << 7 | reserved << 4 | kind,))
    length = bytes((size,)) if size < 126 else b"\x7e" + size.to_bytes(2, "big") if size < 1 << 16 else b""
    length = length or b"\x7f" + size.to_bytes(8, "big")
    second = bytes((length[0] | masked << 7,)) + length[1:]
    return first + second + mask + (bytes(it ^ mask[at % 4] for at, it in enumerate(data)) if masked else data)


def part(kind: int, data: bytes = b"") -> bytes:
    """A piece of a message that is not its last."""
    return frame(kind, data, fin=False)


def closing(code: int, text: bytes = b"") -> bytes:
    """A close frame of a client."""
    return frame(CLOSE, code.to_bytes(2, "big") + text)


def good(sent: bytes, *told: tuple[int, bytes]) -> Case:
    """What is answered so, upon which a close is answered, too."""
    return sent + closing(1000), [*told, (CLOSE, b"\x03\xe8")]


def bad(sent: bytes, *told: tuple[int, bytes], code: int = 1002) -> Case:
    """What is answered so, and then closed with this code."""
    return sent, [*told, (CLOSE, code.to_bytes(2, "big"))]


def framing() -> dict[str, Case]:
    kinds = [(kind, b"*" * size) for kind in (TEXT, BINARY) for size in (0, 1, 125, 126, 127, 128, 65_000)]
    cases = {f"{kind} of {len(data)}": good(frame(kind, data), (kind, data)) for kind, data in kinds}
    return cases | {"too long": bad(frame(TEXT, b"*" * MAX_MESSAGE), code=1009)}


def pings() -> dict[str, Case]:
    ten = b"".join(frame(PING, b"%d" % it) for it in range(10))
    return {
        "empty": good(frame(PING), (PONG, b"")),
        "binary": good(frame(PING, b"\x00\xff\xfe"), (PONG, b"\x00\xff\xfe")),
        "125": good(frame(PING, b"p" * 125), (PONG, b"p" * 125)),
        "126": bad(frame(PING, b"p" * 126)),
        "ten": good(ten, *((PONG, b"%d" % it) for it in range(10))),
        "unasked pong": good(frame(PONG, b"x") + frame(PING, b"y"), (PONG, b"y")),
    }


def reserved_bits() -> dict[str, Case]:
    cases = {f"{kind} with {bits}": (kind, bits) for kind in (TEXT, BINARY, PING, CLOSE) for bits in range(1, 8)}
    return {
        name: bad(frame(TEXT, b"one") + frame(kind, b"", reserved=bits), (TEXT, b"one"))
        for name, (kind, bits) in cases.items()
    }


def opcodes() -> dict[str, Case]:
    kinds = (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
    cases = {f"{kind}": bad(frame(kind)) for kind in kinds}
    return cases | {f"{kind} after one": bad(frame(TEXT, b"1") + frame(kind, b"x"), (TEXT, b"1")) for kind in kinds}


def fragments() -> dict[str, Case]:
    two = part(TEXT, b"one ") + frame(GO_ON, b"two")
    return {
        "two": good(two, (TEXT, b"one two")),
        "a ping between": good(
            part(TEXT, b"one ") + frame(PING, b"p") + frame(GO_ON, b"two"), (PONG, b"p"), (TEXT, b"one two")
        ),
        "empty ones": good(part(TEXT) + part(GO_ON) + frame(GO_ON), (TEXT, b"")),
        "empty, then some": good(part(TEXT) + part(GO_ON, b"x") + frame(GO_ON), (TEXT, b"x")),
        "binary": good(part(BINARY, b"\xff") + frame(GO_ON, b"\xfe"), (BINARY, b"\xff\xfe")),
        "twice": good(two + two, (TEXT, b"one two"), (TEXT, b"one two")),
        "a ping in pieces": bad(part(PING, b"p") + frame(GO_ON, b"p")),
        "a pong in pieces": bad(part(PONG, b"p")),
        "no beginning": bad(frame(GO_ON, b"x")),
        "no beginning, more to come": bad(part(GO_ON, b"x")),
        "one begins within": bad(part(TEXT, b"one") + frame(TEXT, b"two")),
        "pieces too long": bad(part(TEXT, b"*" * 60_000) + frame(GO_ON, b"*" * 10_000), code=1009),
    }


def utf8() -> dict[str, Case]:
    single = b"".join(part(GO_ON if at else TEXT, HEBREW[at : at + 1]) for at in range(len(HEBREW)))
    wrong = (
        BAD,
        b"\xff",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xce",
        b"\xf0\x9f\xa6",
        b"\x80",
        b"a\xfe",
    )
    return {
        "whole": good(frame(TEXT, HEBREW), (TEXT, HEBREW)),
        "byte by byte": good(single + frame(GO_ON), (TEXT, HEBREW)),
        "the last code point": good(frame(TEXT, b"\xf4\x8f\xbf\xbf"), (TEXT, b"\xf4\x8f\xbf\xbf")),
        "the zero": good(frame(TEXT, b"\x00"), (TEXT, b"\x00")),
        "in pieces": bad(part(TEXT, BAD) + frame(GO_ON, b"x"), code=1007),
        **{f"{each!r}": bad(frame(TEXT, each), code=1007) for each in wrong},
        "in a close": bad(closing(1000, BAD), code=1007),
    }


def closes() -> dict[str, Case]:
    right = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)
    wrong = (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535)
    ok = [(CLOSE, b"\x03\xe8")]
    return {
        "nothing after it": (closing(1000) + frame(TEXT, b"late") + frame(PING, b"late"), ok),
        "twice": (closing(1000) + closing(1000), ok),
        "empty": (frame(CLOSE), ok),
        "in a message": (part(TEXT, b"half") + closing(1000) + frame(GO_ON, b"late"), ok),
        "123 bytes of reason": (closing(1000, b"r" * 123), ok),
        "one byte": bad(frame(CLOSE, b"\x03")),
        "124 bytes of reason": bad(closing(1000, b"r" * 124)),
        **{f"{code}": (closing(code), ok) for code in right},
        **{f"{code}": bad(closing(code)) for code in wrong},
    }


def masks() -> dict[str, Case]:
    one = frame(TEXT, b"one")
    return {
        "none": bad(frame(TEXT, b"x", masked=False)),
        "none from the second on": bad(one + frame(TEXT, b"x", masked=False), (TEXT, b"one")),
        "none in a ping": bad(one + frame(PING, b"x", masked=False), (TEXT, b"one")),
        "none in a close": bad(one + frame(CLOSE, masked=False), (TEXT, b"one")),
        "none in a long one": bad(frame(TEXT, b"y" * 300) + frame(TEXT, b"x" * 300, masked=False), (TEXT, b"y" * 300)),
    }


def floods() -> dict[str, Case]:
    pongs = [(PONG, b"")] * BURST
    return {
        "pings": bad(frame(PING) * (BURST + 200), *pongs, code=1008),
        "pongs": bad(frame(PONG) * (BURST + 200), code=1008),
        "empty pieces": bad(part(TEXT) + part(GO_ON) * (BURST + 200), code=1008),
    }


SECTIONS = (framing, pings, reserved_bits, opcodes, fragments, utf8, closes, masks, floods)


@asynccontextmanager
async def echoes() -> AsyncIterator[int]:
    """A server that echoes messages with the sockets of our streams, and its port."""

    async def echo(request: web.Request) -> web.StreamResponse:
        ws = Stream(compress=False, decode_text=False, max_msg_size=MAX_MESSAGE, autoclose=False, timeout=1.0)
        await ws.prepare(request)
        async for message in ws:
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                await ws.send_frame(message.data, message.type)
        await ws.close()
        return ws

    app = web.Application()
    app.router.add_get("/", echo)
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield site.port
    finally:
        await runner.cleanup()


async def told(port: int, sent: bytes, piece: int) -> Told:
    """The frames that the server sends when it gets these bytes, so many at a time; of a close frame, its code."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(UPGRADE)
    await reader.readuntil(b"\r\n\r\n")
    for at in range(0, len(sent), piece):
        if writer.is_closing():
            break
        writer.write(sent[at : at + piece])
        await asyncio.sleep(0)
    found: Told = []
    try:
        while not found or found[-1][0] != CLOSE:
            first, size = await reader.readexactly(2)
            if size >= 126:
                size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8), "big")
            data = await reader.readexactly(size)
            found.append((first & 15, data[:2] if first & 15 == CLOSE else data))
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        found.append((-1, repr(error).encode()))
    writer.transport.abort()
    return found


@pytest.mark.fault("C22")
@pytest.mark.parametrize("section", SECTIONS, ids=lambda it: it.__name__)
async def test_frames_are_taken_as_rfc_6455_has_them(section: object) -> None:
    """The right ones are answered, the wrong ones close the socket with their code; in one piece, and in small ones."""
    assert callable(section)
    cases, wrong = section(), {}
    async with echoes() as port:
        for name, (sent, expected) in cases.items():
            for piece in {len(sent), 1} if len(sent) < 400 else {len(sent)}:
                found = await told(port, sent, piece)
                if found != expected:
                    wrong[f"{name}, {piece} bytes at a time"] = found[-3:]
    assert wrong == {}
