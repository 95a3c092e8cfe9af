"""A TCP relay in front of a server that never answers its first connections."""

from __future__ import annotations

import asyncio
from contextlib import suppress

PIECE = 65536  # bytes relayed at a time


class UnansweringProxy:
    """Listens on loopback; leaves the first `deaf` connections unanswered and relays the others to `port`."""

    def __init__(self, port: int, deaf: int) -> None:
        self.port = port
        self.deaf = deaf
        self.came = 0  # connections accepted so far
        self._carrying: set[asyncio.Task[None]] = set()

    async def open(self) -> int:
        """Begin to listen and return the relay's own port."""
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """End every connection."""
        self._server.close()
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came += 1
        task = asyncio.get_running_loop().create_task(self._carry(reader, writer, self.came <= self.deaf))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, deaf: bool) -> None:
        beyond: asyncio.StreamWriter | None = None
        try:
            if deaf:
                while await reader.read(PIECE):
                    pass
                return
            answers, beyond = await asyncio.open_connection("127.0.0.1", self.port)
            await asyncio.gather(_pump(reader, beyond), _pump(answers, writer))
        finally:
            for end in (writer, beyond):
                if end is not None:
                    end.close()
                    with suppress(ConnectionError):
                        await end.wait_closed()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while piece := await source.read(PIECE):
            sink.write(piece)
            await sink.drain()
        sink.close()
