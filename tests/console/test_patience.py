"""Pages that do not read: they cost bounded memory for a while, and then nothing."""

from __future__ import annotations

import asyncio
import socket

from pipeline.server.options import Limits
from tests.kit import parrot
from tests.kit.alone import alone
from tests.kit.outside import until
from tests.kit.peer import UPGRADE
from tests.kit.visitor import Visitor, visited


def deaf(visitor: Visitor, path: str, upgrade: bool) -> socket.socket:
    """A connection that asks for a path and never reads the answer."""
    port = int(visitor.base.rpartition(":")[2])
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    peer.connect(("127.0.0.1", port))
    (cookie,) = visitor.client.cookie_jar
    head = {"Host": f"127.0.0.1:{port}", "Origin": visitor.base, "Cookie": f"{cookie.key}={cookie.value}"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in {**head, **(UPGRADE if upgrade else {})}.items())
    peer.sendall(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())
    return peer


def answering() -> int:
    """The number of connections of this process that are served."""
    return sum("RequestHandler" in repr(task.get_coro()) for task in asyncio.all_tasks())


@alone
async def test_a_listener_that_does_not_read_is_cut_off() -> None:
    """Its watch ends with it, and so does its connection, which would else wait for it to read for ever."""
    async with visited(limits=Limits(viewer=0.3, unread=60)) as (server, visitor), visitor.call() as peer:
        await peer.talks()
        reading, (line,) = asyncio.create_task(peer.closed()), server.board.lines
        before = answering()
        page = deaf(visitor, f"/api/calls/{peer.call_sid}/listen", upgrade=True)
        await until(lambda: line.listen is not None)
        await peer.press("6")  # the agent talks without end
        await until(lambda: line.listen is None)
        assert server.registry.entries  # the call goes on
        await until(lambda: answering() == before)
        await visitor.post(f"/api/calls/{peer.call_sid}/hangup")
        await reading
        page.close()


@alone
async def test_a_viewer_that_does_not_read_is_cut_off() -> None:
    """Once the system's own buffers are full, here of the rows of agents with a long name."""
    async with visited(parrot.config(name="x" * 200_000), limits=Limits(viewer=0.3)) as (_, visitor):
        for _ in range(40):
            await visitor.place()
        before = answering()
        page = deaf(visitor, "/api/feed", upgrade=False)
        await until(lambda: answering() > before)
        await until(lambda: answering() == before)
        page.close()
