"""A server takes its port over from one that hangs, is of another version, or ends in the middle."""

from __future__ import annotations

import asyncio
import os
import socket
from asyncio import Queue
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession

from pipeline.server.address import HERE, Address
from pipeline.server.app import Server, running
from pipeline.server.handover.door import Door
from pipeline.server.handover.link import Claimant
from pipeline.server.handover.messages import Calls, Claim, Given, Offered, Ready, Refused, ToOld
from pipeline.server.listening import ListenError
from pipeline.server.options import Limits, Options
from pipeline.server.workers.messages import Leave
from tests.kit.parrot import config
from tests.kit.peer import call, sid


class Old:
    """A server that has a port, and answers as a test wants."""

    def __init__(self) -> None:
        self.sock = socket.create_server((HERE, 0))
        self.address = Address(HERE, self.sock.getsockname()[1])
        self.asked: Queue[tuple[Claimant, ToOld]] = Queue()

    def open(self) -> Door:
        """Open its door."""
        door = Door(asyncio.get_running_loop(), self.address, lambda *it: self.asked.put_nowait(it), lambda _: None)
        door.open()
        return door

    async def hears(self, kind: type[Claim | Ready]) -> Claimant:
        """Wait for a message of this kind, the next one."""
        claimant, message = await self.asked.get()
        assert isinstance(message, kind)
        return claimant

    async def offers(self) -> Claimant:
        """Give the port to the next claimant, and wait until that one is ready."""
        claimant = await self.hears(Claim)
        claimant.channel.send(Given(HERE, self.address.port), os.dup(self.sock.fileno()))
        claimant.channel.send(Offered())
        return await self.hears(Ready)


@asynccontextmanager
async def following(answering: Callable[[Old], Awaitable[object]], within: float = 60.0) -> AsyncIterator[Server]:
    """A server at the address of one that answers like this, in so many seconds at most."""
    old = Old()
    door, answers = old.open(), asyncio.ensure_future(answering(old))
    try:
        options = Options(port=old.address.port, limits=Limits(hand_over=within))
        async with running([config()], options) as server:
            await answers
            yield server
    finally:
        answers.cancel()
        door.close()
        old.sock.close()


async def calls(server: Server) -> None:
    """Call the server."""
    async with ClientSession() as session, call(server, session, sid()):
        pass


async def test_a_server_that_hangs_keeps_the_port() -> None:
    """The new one says which process has it, and what to do."""
    words = rf"process {os.getpid()}, and it has not answered in 0.01 s.*: stop it, or choose another with --port"
    with pytest.raises(ListenError, match=words):
        async with following(lambda old: old.hears(Claim), 0.01):
            pass


async def test_a_server_of_another_version_keeps_the_port() -> None:
    """Its answer cannot be read, which is no reason to wait."""

    async def strange(old: Old) -> None:
        (await old.hears(Claim)).channel.send(Leave())

    with pytest.raises(ListenError, match="or is of another version"):
        async with following(strange):
            pass


async def test_a_port_that_a_third_server_has_got_meanwhile() -> None:
    """Of two that start at once, the second is told."""

    async def other(old: Old) -> None:
        (await old.offers()).channel.send(Refused("a third one has it"))

    with pytest.raises(ListenError, match="and a third one has it"):
        async with following(other):
            pass


async def test_a_server_that_ends_in_the_middle_leaves_the_port() -> None:
    """After it has given its sockets, and before it tells of its calls: the new one answers at once."""

    async def ends(old: Old) -> None:
        (await old.offers()).channel.close()

    async with following(ends) as server:
        await calls(server)


async def test_a_server_that_ends_before_the_new_one_is_ready() -> None:
    """The new one has its sockets, and does not wait for an answer."""

    async def ends(old: Old) -> None:
        claimant = await old.hears(Claim)
        claimant.channel.send(Given(HERE, old.address.port), os.dup(old.sock.fileno()))
        claimant.channel.send(Offered())
        claimant.channel.close()

    async with following(ends) as server:
        await calls(server)


async def test_a_server_that_hangs_in_the_middle(lines: list[str]) -> None:
    """The new one answers without it, and learns of its calls once it goes on."""
    asleep, awake = asyncio.Event(), asyncio.Event()

    async def hangs(old: Old) -> None:
        claimant = await old.offers()
        asyncio.get_running_loop().call_soon(asleep.set)
        tasks.append(asyncio.ensure_future(tells(claimant)))

    async def tells(claimant: Claimant) -> None:
        await awake.wait()
        claimant.channel.send(Calls({sid(7): "a-token"}, {}))

    tasks: list[asyncio.Future[None]] = []
    async with following(hangs, 0.05) as server:
        await calls(server)
        assert any(line.startswith("LATE process") for line in lines)
        before = server.handover.predecessor
        assert before is not None
        awake.set()
        await before.stopped.wait()
        assert before.live == {sid(7): "a-token"}
    await asyncio.gather(*tasks)
