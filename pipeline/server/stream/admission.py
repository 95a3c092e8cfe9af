"""The admission of media streams: the checks of an upgrade, in the process that has the port and in a worker."""

from __future__ import annotations

from functools import partial

from aiohttp import hdrs, web

from pipeline.server.entry import Entry
from pipeline.server.http import unsigned
from pipeline.server.http.forgers import Unsigned
from pipeline.server.refusals import Why, clipped
from pipeline.server.switchboard import Switchboard
from pipeline.twilio.messages import SUBPROTOCOL
from pipeline.vocabulary import Refusal

NGINX = (
    'in nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";'
)
USED = Why(
    "its address was used before: it opens one stream",
    "let the TwiML be fetched anew for each stream; a replayed request is refused on purpose",
    "used",
)
UNKNOWN = Why(
    "no call that waits has its address: it was never handed out, or over a minute ago, or the call has ended, or "
    "another server, or this one before a restart, answered the webhook",
    "send webhooks and streams of a call to the same server; look for the call's own line, e.g. ALARM never_started",
)
NO_TOKEN = Why(
    "its address has no token: with TWILIO_AUTH_TOKEN, streams open only at the address in our webhook's TwiML",
    "point the number's webhook at /webhook/incoming_call, and not at TwiML of your own",
    "none",
)


def check_signature(board: Switchboard, request: web.Request) -> None:
    """Check that Twilio has signed an upgrade; raises HTTP 403, counted as a refusal."""
    if not board.signature.upgrade(request, board.base_url):
        why, kind = partial(unsigned.why, board, request, {}, upgrade=True), unsigned.kind(request)
        raise board.refuse(request, Unsigned(), Refusal.SIGNATURE, why, f"stream {kind}")


def check_upgrade(board: Switchboard, request: web.Request) -> None:
    """Check that a request is a WebSocket upgrade; raises HTTP 400, counted as a refusal."""
    ready = web.WebSocketResponse(protocols=(SUBPROTOCOL,)).can_prepare(request)
    if not ready.ok or request.can_read_body:
        error = web.HTTPBadRequest(text="a WebSocket is expected here")
        raise board.refuse(request, error, Refusal.PROTOCOL, _no_upgrade(request))
    if hdrs.SEC_WEBSOCKET_PROTOCOL in request.headers and ready.protocol is None:
        board.refusals.add(request, Refusal.SUBPROTOCOL)


def claim(board: Switchboard, request: web.Request) -> Entry | None:
    """Return the entry of a stream's webhook; None for a stream without a webhook.

    Such streams are allowed only if the server has no auth token. Raises HTTP 403 for an address that opens nothing,
    503 while the server takes no new calls, counted as refusals.
    """
    token = request.match_info.get("token", "")
    entry = board.registry.claim(token) if token else None
    if entry is None and (token or board.options.auth_token):
        used = any(each.token == token for each in board.registry.entries.values())
        why = (USED if used else UNKNOWN) if token else NO_TOKEN
        raise board.refuse(request, web.HTTPForbidden(), Refusal.TOKEN, why)
    if entry is None and (closed := board.closed) is not None:
        raise board.refuse(request, web.HTTPServiceUnavailable(), closed)
    return entry


def _no_upgrade(request: web.Request) -> Why:
    headers = request.headers
    upgrade, connection = headers.get(hdrs.UPGRADE, ""), headers.get(hdrs.CONNECTION, "")
    if upgrade.lower() == "websocket" and "upgrade" in connection.lower():
        version = clipped(headers.get(hdrs.SEC_WEBSOCKET_VERSION, "none"))
        return Why(
            f"its upgrade is malformed: Sec-WebSocket-Version is {version} and has to be 13, Sec-WebSocket-Key has to "
            "be 16 bytes in base64, and there has to be no body",
            "have the proxy pass all Sec-WebSocket-* headers on",
            "malformed",
        )
    missing = "Upgrade: websocket" if upgrade.lower() != "websocket" else "Connection: Upgrade"
    return Why(
        f"it has no `{missing}` header: the proxy does not pass Upgrade and Connection on, or a browser asked",
        f"let the proxy pass WebSockets ({NGINX})",
    )
