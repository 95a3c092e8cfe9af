from __future__ import annotations

import asyncio

import pytest
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import WebSocketReader

from pipeline.server.stream.inbox import Inbox
from pipeline.server.stream.socket import framed
from tests.kit.alone import run


@pytest.mark.parametrize("size", [0, 1, 125, 126, 300, 65535, 65536, 100_000])
def test_a_frame_is_read_as_what_was_framed(size: int) -> None:
    """Whatever the length, by aiohttp's own reader; two in one write are two messages."""

    async def main() -> list[bytes]:
        loop = asyncio.get_running_loop()
        inbox = Inbox(BaseProtocol(loop), 1 << 20, loop=loop)
        reader = WebSocketReader(inbox, 1 << 20, compress=False, decode_text=False)
        reader.feed_data(framed(b"x" * size) + framed(b"y"))
        return [(await inbox.read()).data for _ in range(2)]

    assert run(main()) == [b"x" * size, b"y"]
