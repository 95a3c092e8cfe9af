from __future__ import annotations

import asyncio

from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import WebSocketReader

from pipeline.server.stream.inbox import Inbox
from tests.kit.alone import run


def text(data: bytes) -> bytes:
    return bytes((0x81, len(data))) + data


def test_a_message_goes_to_whoever_takes_it_and_overtakes_none_that_waits() -> None:
    """What came before, or is not taken, is received; what comes behind it is received, too."""

    async def main() -> tuple[list[bytes], list[bytes]]:
        loop = asyncio.get_running_loop()
        inbox, taken = Inbox(BaseProtocol(loop), 65536, loop=loop), []
        parser = WebSocketReader(inbox, 1000, compress=False, decode_text=False)
        parser.feed_data(text(b"early"))

        def take(data: bytes) -> bool:
            if data != b"stop":
                taken.append(data)
            return data != b"stop"

        inbox.take = take
        parser.feed_data(text(b"behind"))
        received = [(await inbox.read()).data for _ in range(2)]
        parser.feed_data(text(b"one") + text(b"two") + text(b"stop") + text(b"after"))
        return taken, received + [(await inbox.read()).data for _ in range(2)]

    assert run(main()) == ([b"one", b"two"], [b"early", b"behind", b"stop", b"after"])


def test_what_is_not_text_is_received() -> None:
    """A ping or a close is for the socket, whoever takes the messages."""

    async def main() -> list[str]:
        loop = asyncio.get_running_loop()
        inbox = Inbox(BaseProtocol(loop), 65536, loop=loop)
        inbox.take = lambda data: True
        WebSocketReader(inbox, 1000, compress=False, decode_text=False).feed_data(b"\x89\x00\x82\x01x\x88\x00")
        return [(await inbox.read()).type.name for _ in range(3)]

    assert run(main()) == ["PING", "BINARY", "CLOSE"]
