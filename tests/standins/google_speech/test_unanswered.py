"""Connections that are never answered."""

from __future__ import annotations

import asyncio

from pipeline.standins.google_speech import GoogleSpeech, Script
from tests.kit.alone import alone
from tests.kit.google_streams import SECOND, results, streaming


@alone
async def test_connections_that_nobody_answers() -> None:
    """A client's first connection hangs; another one is carried through."""
    async with GoogleSpeech(Script(deaf_connections=1)) as server:
        host, _, port = server.target.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        async with streaming(server) as (send, call):
            await send(SECOND)
            await call.done_writing()
            assert (await results(call))[-1][0] == "hello"
        writer.close()
        await writer.wait_closed()
        assert await reader.read() == b""
