"""The guarded way out: HTTP requests of tools, which reach no private address, follow no redirect, and are bounded.

An address is checked where the socket to it is made. A check of the name before the request would leave a gap, in which
the name can come to mean another address; a resolver is not asked for addresses that are written as such.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary

import msgspec
from aiohttp import (
    AddrInfoType,
    ClientConnectionError,
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientSSLError,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
    TraceConfig,
)
from aiohttp.abc import AbstractResolver
from yarl import URL

CONNECT = 1.0  # seconds for a connection to one address
MOST = 256 * 1024  # bytes of an answer's body, unpacked
CONNECTIONS = 100  # at a time, of each kind of session

_EMBEDDED = [  # IPv6 networks whose addresses reach an IPv4 address: the network, the bits right of that address
    (ipaddress.IPv6Network(network), right)
    for network, right in (
        ("::ffff:0:0/96", 0),
        ("::ffff:0:0:0/96", 0),
        ("64:ff9b::/96", 0),
        ("::/96", 0),
        ("2002::/16", 80),
    )
]
_REFUSED = [ipaddress.IPv6Network(network) for network in ("64:ff9b:1::/48", "2001::/32", "fec0::/10")]


class NetError(Exception):
    """A request has no answer that can be used; the text says the reason, for a model."""


class NotSent(NetError):
    """The request was not sent: nobody can have acted on it."""


class NoAnswer(NetError):
    """The request was sent, or part of it, and no whole answer came."""


class TooLong(NetError):
    """The answer is longer than is taken; `status` is its status."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


class Answer(msgspec.Struct, frozen=True):
    """An answer: status, body of at most 256 kB, media type, character set if it names one."""

    status: int
    body: bytes
    kind: str = ""
    charset: str = ""
    retry_after: str = ""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request; its address is percent-encoded already, `body` is sent as it is."""

    method: str
    url: str
    headers: Mapping[str, str] = {}
    body: bytes | None = None
    internal: bool = False  # private addresses are allowed
    fresh: bool = False  # over a connection of its own: an old one may be closed just as the request arrives


def is_public(address: str) -> bool:
    """True if an IP address is one of the internet, and not one that leads to a private one by another name."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        # Older Pythons count some of these as the internet's.
        if any(found in network for network in _REFUSED):
            return False
        for network, right in _EMBEDDED:
            if found in network:
                return is_public(str(ipaddress.IPv4Address(int(found) >> right & 0xFFFFFFFF)))
    return found.is_global and not found.is_multicast and not found.is_reserved


def _guarded_socket(info: AddrInfoType) -> socket.socket:
    if not is_public(str(info[4][0])):
        raise PermissionError(errno.EACCES, "a private address")
    return _any_socket(info)


def _any_socket(info: AddrInfoType) -> socket.socket:
    family, kind, proto, _, _ = info
    return socket.socket(family, kind, proto)


class Net:
    """The sessions of a process; `resolver` finds the addresses of names, by default the system's."""

    def __init__(self, resolver: AbstractResolver | None = None) -> None:
        self.users = 0
        self._resolver = resolver
        self._sessions: dict[tuple[bool, bool], ClientSession] = {}

    async def ask(self, request: Request, seconds: float) -> Answer:
        """Return the answer to a request; raises NotSent, NoAnswer or TooLong."""
        seen = SimpleNamespace(sent=False)
        try:
            return await self._ask(request, seconds, seen)
        except ClientConnectorError as error:
            raise NotSent(_reason(error)) from None
        except TimeoutError:
            if not seen.sent:
                raise NotSent("it could not be reached in time") from None
            raise NoAnswer(f"it did not answer within {seconds:.1f} s") from None
        except (ClientError, OSError, ValueError) as error:
            if not seen.sent:
                raise NotSent("it could not be reached") from error
            raise NoAnswer("the connection to it broke off") from error

    async def close(self) -> None:
        """Close all connections."""
        for session in self._sessions.values():
            await session.close()

    async def _ask(self, request: Request, seconds: float, seen: SimpleNamespace) -> Answer:
        async with self._session(request).request(
            request.method,
            URL(request.url, encoded=True),
            headers=dict(request.headers),
            data=request.body,
            timeout=ClientTimeout(total=seconds, sock_connect=CONNECT),
            allow_redirects=False,
            trace_request_ctx=seen,
        ) as response:
            return Answer(
                response.status,
                await _body(response),
                response.content_type,
                response.charset or "",
                response.headers.get("Retry-After", ""),
            )

    def _session(self, request: Request) -> ClientSession:
        key = (request.internal, request.fresh)
        if key not in self._sessions:
            self._sessions[key] = _session(*key, self._resolver)
        return self._sessions[key]


def _session(internal: bool, fresh: bool, resolver: AbstractResolver | None) -> ClientSession:
    make = _any_socket if internal else _guarded_socket
    trace = TraceConfig()
    trace.on_request_headers_sent.append(_note_sent)
    trace.on_connection_create_start.append(_send_once)
    trace.on_connection_reuseconn.append(_send_once)
    return ClientSession(
        connector=TCPConnector(socket_factory=make, force_close=fresh, limit=CONNECTIONS, resolver=resolver),
        # One caller's cookies are none of the next one's.
        cookie_jar=DummyCookieJar(),
        # A proxy would make the connections, and no address would be checked.
        trust_env=False,
        trace_configs=[trace],
    )


async def _note_sent(_session: ClientSession, context: Any, _params: Any) -> None:
    context.trace_request_ctx.sent = True


async def _send_once(_session: ClientSession, context: Any, _params: Any) -> None:
    """Keep aiohttp from sending a PUT or DELETE whose connection broke off again by itself."""
    if context.trace_request_ctx.sent:
        raise ClientConnectionError("the connection broke off")


async def _body(response: ClientResponse) -> bytes:
    """Return an answer's body; aiohttp unpacks it piece by piece, so that a packed terabyte is not unpacked whole."""
    pieces = bytearray()
    async for piece in response.content.iter_any():
        pieces += piece
        if len(pieces) > MOST:
            # The rest is on its way: a connection that is given back would have to read it first.
            response.close()
            raise TooLong(f"its answer is longer than {MOST // 1024} kB", response.status)
    return bytes(pieces)


def _reason(error: ClientConnectorError) -> str:
    if isinstance(error, ClientSSLError):
        return "its certificate is not valid"
    if error.os_error.errno == errno.EACCES:
        return "its address is private: `internal: true` would allow it"
    return "it could not be reached"


_OPEN: WeakKeyDictionary[asyncio.AbstractEventLoop, Net] = WeakKeyDictionary()  # by event loop


@asynccontextmanager
async def opened() -> AsyncIterator[Net]:
    """Open the process's way out, which is closed when the last of its users has left."""
    loop = asyncio.get_running_loop()
    net = _OPEN.setdefault(loop, Net())
    net.users += 1
    try:
        yield net
    finally:
        net.users -= 1
        if not net.users:
            # First of all: who opens it while the connections close must not get this one.
            del _OPEN[loop]
            await net.close()
