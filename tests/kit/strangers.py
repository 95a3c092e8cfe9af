"""Strangers that connect: many, silent or slow, over plain sockets."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class Stranger:
    """One connection of a stranger."""

    def __init__(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def told(self) -> bytes:
        """All that the server sends, up to its end of the connection."""
        try:
            return await self.reader.read()
        except ConnectionError:
            return b""

    def let_go(self) -> None:
        """Close the connection."""
        self.writer.transport.abort()


@asynccontextmanager
async def strangers(url: str, count: int, said: bytes = b"") -> AsyncIterator[list[Stranger]]:
    """So many connections to this address, each of which has sent these bytes."""
    address, found = urlsplit(url), list[Stranger]()
    try:
        for _ in range(count):
            found.append(Stranger(*await asyncio.open_connection(address.hostname, address.port)))
            found[-1].writer.write(said)
        yield found
    finally:
        for each in found:
            each.let_go()
        await asyncio.sleep(0)
