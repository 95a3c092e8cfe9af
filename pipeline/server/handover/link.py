"""The two ends of a hand-over: the link to the server before this one, and to the one after it."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import sys
from asyncio import Future
from collections.abc import Callable

from loguru import logger

from pipeline.server.address import Address
from pipeline.server.handover.messages import (
    Calls,
    Claim,
    Connection,
    Ended,
    Given,
    Offered,
    Ready,
    Refused,
    ToNew,
    ToOld,
)
from pipeline.server.workers.channel import Channel

CREDENTIALS = struct.Struct("3i")  # process, user, group

Take = Callable[[int, bytes], None]  # a connection's file descriptor, and a request that was read from it


class Elsewhere(Exception):
    """The port is not handed over; the text says why."""


def place(address: Address) -> str:
    """Return the name of the Unix socket of the server at an address, in the abstract space of Linux: no file."""
    return f"\0kav/{user()}/{address}"


def user() -> int:
    """Return the id of this process' user. Raises OSError where ports are not handed over: on any system but Linux."""
    if sys.platform != "linux":
        raise OSError("only Linux has what it takes")
    return os.getuid()


def peer(sock: socket.socket) -> tuple[int, int]:
    """Return the process and the user at the other end of a Unix socket."""
    if sys.platform != "linux":
        raise OSError("no credentials")
    pid, uid, _ = CREDENTIALS.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size))
    return pid, uid


def reach(address: Address) -> socket.socket | None:
    """Connect to the server of this user at an address; None if there is none, which is the rule."""
    if sys.platform != "linux":
        return None
    sock = socket.socket(socket.AF_UNIX)
    sock.setblocking(False)  # or a server that hangs, with many that wait at its door, would keep this one waiting
    try:
        sock.connect(place(address))
        if peer(sock)[1] == user():
            return sock
    except OSError:
        pass
    sock.close()
    return None


class Predecessor:
    """The server that had the port before, which has `within` seconds for an answer.

    `live` are its calls by sid, with their streams' tokens; `remember` is called with each that has ended, and its
    cause. `stopped` is set once the server has stopped accepting, `gone` once its process has ended.
    """

    def __init__(self, sock: socket.socket, take: Take, remember: Callable[[str, str], None], within: float) -> None:
        self.pid, _ = peer(sock)
        self.live: dict[str, str] = {}
        self.stopped, self.gone = asyncio.Event(), asyncio.Event()
        self.given: list[tuple[Address, socket.socket]] = []
        self._take, self._remember, self._within = take, remember, within
        self._answer: Future[ToNew | None] = asyncio.get_running_loop().create_future()
        self.channel: Channel[ToNew] = Channel(sock, ToNew, self._heard, self._lost)

    async def claim(self, names: tuple[str, ...]) -> None:
        """Get its listening sockets in `given`; raises Elsewhere if it keeps them."""
        if not isinstance(await self._ask(Claim(names)), Offered):
            self.channel.close()
            raise Elsewhere(f"it has not answered in {self._within:g} s, or is of another version")

    async def end(self) -> None:
        """Have it stop accepting, and learn of its calls; raises Elsewhere if another server was quicker.

        One that has ended meanwhile has no calls, and one that hangs tells of them once it hears of this.
        """
        await self._ask(Ready())
        if not self.stopped.is_set():
            logger.warning("LATE process {} has not answered: it may go on accepting until it does", self.pid)

    async def _ask(self, message: Claim | Ready) -> ToNew | None:
        self._answer = asyncio.get_running_loop().create_future()
        if self.gone.is_set():
            return None
        self.channel.send(message)
        await asyncio.wait((self._answer,), timeout=self._within)
        answer = self._answer.result() if self._answer.done() else None
        if isinstance(answer, Refused):
            self.channel.close()
            raise Elsewhere(answer.why)
        return answer

    def _heard(self, message: ToNew) -> None:
        match message:
            case Given(host=host, port=port):
                self.given.append((Address(host, port), socket.socket(fileno=self.channel.files.popleft())))
                return
            case Connection(request=request):
                self._take(self.channel.files.popleft(), request)
                return
            case Ended(call_sid=call_sid, cause=cause):
                self.live.pop(call_sid, None)
                self._remember(call_sid, cause)
                return
            case Calls(live=live, ended=ended):
                self.live = live
                self.stopped.set()
                for call_sid, cause in ended.items():
                    self._remember(call_sid, cause)
        if not self._answer.done():
            self._answer.set_result(message)

    def _lost(self) -> None:
        self.stopped.set()
        self.gone.set()
        if not self._answer.done():
            self._answer.set_result(None)


class Claimant:
    """A server that asks for the port; once it is ready, the successor."""

    def __init__(self, sock: socket.socket, heard: Callable[[Claimant, ToOld], None], lost: Callable[[Claimant], None]):
        self.pid, _ = peer(sock)
        self.channel: Channel[ToOld] = Channel(sock, ToOld, lambda message: heard(self, message), lambda: lost(self))
