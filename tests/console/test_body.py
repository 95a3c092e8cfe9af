"""The bodies of requests: late, cut, too long, and others that are none."""

from __future__ import annotations

import asyncio
import socket
import struct

from pipeline.server.options import Limits
from tests.kit.alone import alone
from tests.kit.outside import until
from tests.kit.visitor import Visitor, visited


async def begun(visitor: Visitor, length: int = 100) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which a body of this length has begun."""
    port = int(visitor.base.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"Host: 127.0.0.1:{port}\r\nOrigin: {visitor.base}\r\nContent-Type: application/json\r\n"
    writer.write(f"POST /api/session HTTP/1.1\r\n{head}Content-Length: {length}\r\n\r\n{{".encode())
    await writer.drain()
    return reader, writer


@alone
async def test_a_body_that_does_not_come_is_not_waited_for(log: list[str]) -> None:
    """Its connection is answered, and ends."""
    async with visited(limits=Limits(body=0.1)) as (_, visitor):
        reader, writer = await begun(visitor)
        answer = await reader.readline()
        assert answer.split()[1] == b"408"
        writer.close()
    assert [line for line in log if line.startswith("REFUSED slow_body: POST /api/session")]


@alone
async def test_a_body_that_breaks_off_is_one_line(log: list[str]) -> None:
    """A peer that goes in its middle, with a reset, leaves no traceback."""
    async with visited() as (_, visitor):
        _, writer = await begun(visitor)
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.close()
        await until(lambda: any(line.startswith("REFUSED body: ") for line in log))
    assert not [line for line in log if "Error handling" in line]


@alone
async def test_a_long_body_and_one_without_sense_are_told_in_words() -> None:
    """Strangers can send little; lone surrogates, depth and types that do not fit are no JSON of ours."""
    async with visited() as (_, visitor):
        for body, status in (
            (b'{"token":"%s"}' % (b"x" * 20_000), 413),
            (b'{"token":"\\ud800"}', 400),
            (b"[" * 10_000, 400),
            (b"\xff", 400),
            (b"", 400),
        ):
            head = {"Content-Type": "application/json"}
            async with visitor.client.post(f"{visitor.base}/api/session", data=body, headers=head) as answer:
                assert (answer.status, bool((await answer.json())["error"])) == (status, True), body[:20]
