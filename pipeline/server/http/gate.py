"""The gate before all handlers: it refuses foreign hosts, web pages, wrong paths and wrong methods."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from pipeline.server.address import is_loopback
from pipeline.server.refusals import Why, clipped
from pipeline.server.switchboard import BOARD, Switchboard
from pipeline.vocabulary import Refusal

if TYPE_CHECKING:
    from aiohttp.typedefs import Middleware

Next = Callable[[web.Request], Awaitable[web.StreamResponse]]
Lost = Callable[[Switchboard, web.Request], Why]


def gate(loopback_only: bool, lost: Lost) -> Middleware:
    """Return the gate; if `loopback_only`, it takes hosts of this machine alone; `lost` finds the cause of 404 and 405.

    Raises HTTP 403 for a host or an origin, 404 or 405 as the router does. A stranger's host name that leads to this
    machine (DNS rebinding) would let a web page reach a server that only this machine can.
    """

    @web.middleware
    async def passed(request: web.Request, handler: Next) -> web.StreamResponse:
        board, error = request.app[BOARD], request.match_info.http_exception
        if loopback_only and not all(_is_ours(board, host) for host in request.headers.getall(hdrs.HOST, ())):
            raise board.refuse(request, web.HTTPForbidden(), Refusal.HOST, _foreign(board, request))
        if error is not None:
            reason = Refusal.METHOD if isinstance(error, web.HTTPMethodNotAllowed) else Refusal.PATH
            raise board.refuse(request, error, reason, lost(board, request))
        if hdrs.ORIGIN in request.headers:
            raise board.refuse(request, web.HTTPForbidden(), Refusal.ORIGIN)
        return await handler(request)

    return passed


def _is_ours(board: Switchboard, host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return is_loopback(name) or name == urlsplit(board.options.public_base_url).hostname


def _foreign(board: Switchboard, request: web.Request) -> Why:
    public = board.options.public_base_url
    return Why(
        f"its Host is {clipped(request.headers[hdrs.HOST])}, and this listener serves this machine alone, as localhost"
        f"{f' or {public}' if public else ''}",
        "nothing, if a web page sent it; set PUBLIC_BASE_URL to the address of the tunnel or proxy that it came by",
    )
