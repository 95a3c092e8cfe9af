"""The listening sockets of a server: its own, those that were given to it, and those that it hands on."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator

from aiohttp import web

from pipeline.environment.variables import LISTEN_FDS, LISTEN_PID, taken
from pipeline.server.address import Address

FIRST = 3  # the first file descriptor that systemd passes


class Sockets:
    """The sites of a server. A site on a `given` socket accepts from `begin` on, any other at once.

    `given` are sockets that listen already, each with its address; without a host, it is one for any host.
    """

    def __init__(self) -> None:
        self.given: list[tuple[Address, socket.socket]] = list(inherited())
        self.public: web.Server | None = None  # of Twilio's requests
        self._sites: list[tuple[Address, web.BaseSite]] = []
        self._waiting: list[tuple[socket.socket, web.SockSite]] = []

    async def listen(self, runner: web.AppRunner, address: Address) -> Address:
        """Serve at an address, and return it with the port that it got; raises OSError."""
        if found := [each for each in self.given if _fits(each[0], address)]:
            for each in found:
                self.given.remove(each)
                site = web.SockSite(runner, each[1])
                self._waiting.append((each[1], site))
                self._sites.append((address, site))
            return Address(address.host, address.port)
        opened = web.TCPSite(runner, address.host, address.port)
        await opened.start()
        at = Address(address.host, opened.port)
        self._sites.append((at, opened))
        return at

    async def begin(self) -> None:
        """Accept on the sockets that were given; those that no listener asked for are closed."""
        while self._waiting:
            await self._waiting.pop()[1].start()
        self.close()

    def close(self) -> None:
        """Close the sockets that were given and are not used."""
        for sock, _ in self._waiting:
            sock.close()
        for _, sock in self.given:
            sock.close()
        self._waiting.clear()
        self.given.clear()

    async def stop(self) -> None:
        """Accept no more connections; those there are stay."""
        while self._sites:
            await self._sites.pop()[1].stop()

    def files(self) -> Iterator[tuple[Address, int]]:
        """Yield the listening sockets' descriptors, with their addresses."""
        for address, site in self._sites:
            server = site._server  # aiohttp has no public name for it
            for sock in getattr(server, "sockets", None) or ():
                yield address, sock.fileno()


async def take(server: web.Server | None, sock: socket.socket, request: bytes) -> None:
    """Serve a connection whose first request another process has read: it is parsed as if it came from the socket."""
    assert server is not None
    sock.setblocking(False)
    try:
        _, protocol = await asyncio.get_running_loop().connect_accepted_socket(server, sock)
    except OSError:  # the peer has closed it already
        sock.close()
        return
    protocol.data_received(request)


def inherited() -> Iterator[tuple[Address, socket.socket]]:
    """Yield the listening sockets that systemd has passed to this process, once. Source: sd_listen_fds(3)."""
    mine, count = taken(LISTEN_PID), taken(LISTEN_FDS)
    if mine != str(os.getpid()) or not count.isdecimal():
        return
    for file in range(FIRST, FIRST + int(count)):
        try:
            sock = socket.socket(fileno=file)
        except OSError:  # no socket: systemd may pass on other files, too
            continue
        sock.set_inheritable(False)
        if sock.family in (socket.AF_INET, socket.AF_INET6) and sock.type == socket.SOCK_STREAM:
            yield Address("", sock.getsockname()[1]), sock


def _fits(given: Address, wanted: Address) -> bool:
    return given.port == wanted.port != 0 and given.host in ("", wanted.host)
