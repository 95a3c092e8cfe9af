"""The gate before all handlers: it refuses foreign hosts, web pages, wrong paths and wrong methods."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import Enum
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from pipeline.server.address import is_loopback
from pipeline.server.http.connection import Connection
from pipeline.server.http.forgers import Unsigned, origin
from pipeline.server.refusals import Why, clipped
from pipeline.server.switchboard import BOARD, Switchboard
from pipeline.vocabulary import Refusal

if TYPE_CHECKING:
    from aiohttp.typedefs import Middleware

Next = Callable[[web.Request], Awaitable[web.StreamResponse]]
Lost = Callable[[Switchboard, web.Request], Why]


class Hosts(Enum):
    """The hosts that a listener takes requests for."""

    HERE = "this machine's, and that of PUBLIC_BASE_URL"
    OURS = "those, and names that no public address has: a proxy's own for the server"
    ANY = "any"


def gate(taken: Hosts, lost: Lost) -> Middleware:
    """Return the gate of a listener that takes these hosts; `lost` finds the cause of 404 and 405.

    Raises HTTP 421 for another host, 403 for an origin, 404 or 405 as the router does. A stranger's host name that
    leads to this machine (DNS rebinding) would let a web page reach a server that only this machine can.
    """

    @web.middleware
    async def passed(request: web.Request, handler: Next) -> web.StreamResponse:
        board, error = request.app[BOARD], request.match_info.http_exception
        for host in hosts(request):
            if taken is not Hosts.ANY and not _is_ours(board, host, taken):
                raise board.refuse(request, web.HTTPMisdirectedRequest(), Refusal.HOST, _foreign(board, host))
        if error is not None:
            reason = Refusal.METHOD if isinstance(error, web.HTTPMethodNotAllowed) else Refusal.PATH
            raise board.refuse(request, error, reason, lost(board, request))
        if hdrs.ORIGIN in request.headers:
            raise board.refuse(request, web.HTTPForbidden(), Refusal.ORIGIN)
        try:
            return await handler(request)
        except Unsigned:
            await _back_off(board, request)
            raise

    return passed


def hosts(request: web.BaseRequest) -> list[str]:
    """Return the hosts that a request names: its Host, and that of a target in absolute form."""
    target = [] if request.raw_path.startswith("/") else [urlsplit(request.raw_path).netloc]
    return [*request.headers.getall(hdrs.HOST, ()), *target]


def _is_ours(board: Switchboard, host: str, taken: Hosts) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    public = urlsplit(board.options.public_base_url).hostname
    return is_loopback(name) or name == public or (taken is Hosts.OURS and _is_private(name))


def _is_private(name: str) -> bool:
    try:
        return not ip_address(name).is_global
    except ValueError:
        return "." not in name and name != ""


async def _back_off(board: Switchboard, request: web.Request) -> None:
    """Wait before the answer to a wrong signature, if its address has sent many."""
    address = origin(request)
    if delay := board.forgers.delay(address):
        board.refusals.add(f"{clipped(address)} waits {delay:.1f} s", Refusal.FORGER)
        if isinstance(request.protocol, Connection):
            await request.protocol.hold(delay)


def _foreign(board: Switchboard, host: str) -> Why:
    public = board.options.public_base_url
    return Why(
        f"its Host is {clipped(host)}, and this listener is reached as localhost{f' or {public}' if public else ''}",
        f"nothing, if a stranger or a web page sent it; if Twilio did, set PUBLIC_BASE_URL to https://{clipped(host)}, "
        "the address of the tunnel or proxy that it came by, or have the proxy pass the Host header on",
    )
