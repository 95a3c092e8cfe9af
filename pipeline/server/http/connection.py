"""The connections of a listener: those that wait for a request are bounded in time and in number.

A stranger needs no signature to connect, and each connection takes a file descriptor. So a request's head has to come
in time, an idle connection is closed soon, and where too many wait, the oldest makes room: a new call always gets in.
A connection with a whole request is never closed for another, so a proxy, whose requests come at once, is not hurt.
"""

from __future__ import annotations

import asyncio
from asyncio import BaseTransport, Future, Task
from collections.abc import Callable
from http import HTTPStatus
from ipaddress import ip_network
from typing import Any

import msgspec
from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage
from aiohttp.web_protocol import RequestHandler

from pipeline.loop.deadline import Deadline
from pipeline.server import descriptors
from pipeline.server.options import MOST_WAITING
from pipeline.server.refusals import Refusals, Why
from pipeline.vocabulary import Refusal

EXHAUSTED = Why(
    "no file descriptor is left, so the system refuses all of them; calls in progress go on",
    "raise the limit of open files (`ulimit -n`, or LimitNOFILE in systemd), or lower `server.max_calls`",
    "exhausted",
)


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of a listener's connections: times in seconds, and numbers of those that wait for a request."""

    head: float = 5.0  # from the accept to the end of the first request's head
    idle: float = 15.0  # from an answer to the end of the next request's head
    unread: float = 10.0  # for which a peer may leave an answer unread
    waiting: int = MOST_WAITING
    per_address: int = 256


class Connections(web.Server):
    """The connections of one listener, made by calling it; `waiting` has those without a request, oldest first.

    They are grouped by address (IPv6: by network, /64). Beyond `per_address` the oldest of the address is closed;
    beyond `waiting`, or a quarter of the file descriptors, the oldest of the address that has most; half of all once no
    descriptor is left, when the system's accept fails and the loop drops new connections unheard.
    """

    def __init__(self, served: web.Server, refusals: Refusals, patience: Patience) -> None:
        options = {**served._kwargs, "keepalive_timeout": patience.idle}
        super().__init__(served.request_handler, request_factory=self._request, **options)
        self._make, self._options = served.request_factory, options
        self.refusals, self.patience = refusals, patience
        self.waiting: dict[str, dict[Connection, None]] = {}  # by address
        self._count = 0
        self._most, self._scarce = patience.waiting, Refusal.CROWDED
        if (few := descriptors.for_waiting()) < patience.waiting:
            self._most, self._scarce = few, Refusal.DESCRIPTORS
        self._look()

    def __call__(self) -> Connection:
        return Connection(self, loop=asyncio.get_running_loop(), **self._options)

    def wait(self, connection: Connection) -> None:
        """Note that a connection waits for a request; closes the oldest if too many do."""
        group = self.waiting.setdefault(connection.address, {})
        if connection in group:
            return
        group[connection] = None
        self._count += 1
        if len(group) > self.patience.per_address:
            self._close_oldest(group, Refusal.CROWDED)
        elif self._count > self._most:
            self._close_oldest(max(self.waiting.values(), key=len), self._scarce)

    def go_on(self, connection: Connection) -> None:
        """Note that a connection does not wait any more; safe to call again."""
        group = self.waiting.get(connection.address, {})
        if connection in group:
            del group[connection]
            self._count -= 1
            if not group:
                del self.waiting[connection.address]

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - aiohttp's signature
        """Close all connections, as aiohttp's server does."""
        self._timer.cancel()
        await super().shutdown(timeout)

    def _look(self) -> None:
        """Look whether a descriptor is left, once a second."""
        self._timer = asyncio.get_running_loop().call_later(1.0, self._look)
        if descriptors.are_left():
            return
        self.refusals.add("new connections", Refusal.DESCRIPTORS, EXHAUSTED)
        for _ in range((self._count + 1) // 2):
            self._close_oldest(max(self.waiting.values(), key=len), Refusal.DESCRIPTORS)

    def _close_oldest(self, group: dict[Connection, None], reason: Refusal) -> None:
        next(iter(group)).cut_off(reason)

    def _request(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: RequestHandler,
        writer: AbstractStreamWriter,
        task: Task[None],
    ) -> web.BaseRequest:
        """Make a request of a head that has been read."""
        if isinstance(protocol, Connection):
            protocol.begin(payload)
        return self._make(message, payload, protocol, writer, task)


class Connection(RequestHandler):
    """One connection, with deadlines for its peer.

    `address` is its peer's, as `Connections` groups them.
    """

    def __init__(self, connections: Connections, **options: Any) -> None:
        super().__init__(connections, **options)
        self.address = ""
        self._connections, self._patience = connections, connections.patience
        self._deadline: Deadline | None = None
        self._held: Future[None] | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self.address = network(peer[0]) if isinstance(peer, tuple) else "a local socket"
        self._within(self._patience.head, Refusal.SLOW_HEAD)
        self._connections.wait(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._in_time()
        self._connections.go_on(self)
        self._let_go()
        super().connection_lost(exc)

    def begin(self, payload: StreamReader) -> None:
        """Note that the head of a request is there; the connection waits on until its body is, too."""
        self._in_time()
        payload.on_eof(self._whole)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer; after a refusal, the connection counts as waiting again.

        One that was served well does not, so that a proxy's idle connection is never closed under its next request.
        """
        finished = await super().finish_response(request, resp, start_time)
        if self.transport is not None and resp.status >= HTTPStatus.BAD_REQUEST:
            self._connections.wait(self)
        return finished

    async def hold(self, seconds: float) -> None:
        """Wait before an answer, until the peer has gone at the latest; meanwhile the connection counts as waiting."""
        self._held = self._loop.create_future()
        timer = self._loop.call_later(seconds, self._let_go)
        if self.transport is not None:
            self._connections.wait(self)
            await self._held
        timer.cancel()
        self._connections.go_on(self)

    def pause_writing(self) -> None:
        """Note that the peer leaves an answer unread. Streams of calls have a shorter limit of their own."""
        super().pause_writing()
        self._within(self._patience.unread, Refusal.UNREAD)

    def resume_writing(self) -> None:
        """Note that the peer reads again."""
        self._in_time()
        super().resume_writing()

    def cut_off(self, reason: Refusal) -> None:
        """Close the connection at once, counted and logged as a refusal."""
        self._in_time()
        self._connections.go_on(self)
        self._connections.refusals.add(f"a connection from {self.address}", reason)
        if self.transport is not None:
            self.transport.abort()

    def _whole(self) -> None:
        self._connections.go_on(self)

    def _within(self, seconds: float, reason: Refusal) -> None:
        self._in_time()
        self._deadline = Deadline(self._loop, self._loop.time() + seconds, self.cut_off, reason)

    def _in_time(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _let_go(self) -> None:
        if self._held is not None and not self._held.done():
            self._held.set_result(None)


Served = Callable[[web.Server], Connections]


class Runner(web.AppRunner):
    """aiohttp's runner of an application, with connections of our own: `make` turns its server into ours."""

    def __init__(self, app: web.Application, make: Served, **options: Any) -> None:
        super().__init__(app, **options)
        self._make = make

    async def _make_server(self) -> web.Server:
        """Make the server; overrides a private part, which is the same in the versions of `pyproject.toml`."""
        return self._make(await super()._make_server())


def network(host: str) -> str:
    """Return an IPv4 address as it is, and of an IPv6 address its network of 64 bits, which one customer has."""
    return str(ip_network((host.partition("%")[0], 64), strict=False)) if ":" in host else host
