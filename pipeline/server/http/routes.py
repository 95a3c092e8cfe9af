"""The tables of the server's routes: those that Twilio requests, and those of the admin listener."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NamedTuple

from aiohttp import web

from pipeline.server.address import is_loopback
from pipeline.server.bridge import pages as bridge
from pipeline.server.http import health, lost, webhook
from pipeline.server.http.gate import Hosts, gate
from pipeline.server.http.masking import mask_secrets
from pipeline.server.stream.media import media, phone
from pipeline.server.switchboard import BOARD, Switchboard

if TYPE_CHECKING:
    from aiohttp.typedefs import Middleware

MAX_BODY = 64 * 1024  # bytes

Page = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Pages(NamedTuple):
    """The handlers that differ in a server with worker processes."""

    incoming_call: Page = webhook.incoming_call
    call_ended: Page = bridge.call_ended
    returned: Page = bridge.returned
    brief: Page = bridge.brief
    briefing: Page = bridge.sound
    stream_status: Page = webhook.stream_status
    media: Page = media
    phone: Page = phone
    metrics: Page = health.metrics


OWN = Pages()


def public(board: Switchboard, pages: Pages = OWN) -> web.Application:
    """Return the application of the public port: Twilio's webhooks and media streams."""
    options = board.options
    taken = Hosts.HERE if is_loopback(options.host) and not options.auth_token else Hosts.OURS
    app = _application(board, gate(taken, lost.on_public_port))
    stream = webhook.STREAM_PATH
    app.add_routes(
        [
            web.post(webhook.INCOMING_PATH, pages.incoming_call),
            web.post("/webhook/stream_status", pages.stream_status),
            web.post("/webhook/call_ended", pages.call_ended),
            web.post(f"{webhook.RETURNED_PATH}/{{token}}", pages.returned),
            web.post(f"{webhook.BRIEF_PATH}/{{token}}", pages.brief),
            web.get(f"{webhook.BRIEFING_PATH}/{{token}}", pages.briefing),
            web.get(webhook.GREETING_PATH, webhook.greeting),
            *(web.get(stream + end, pages.media, allow_head=False) for end in ("", "/", "/{token}", "/{token}/")),
        ]
    )
    return app


def admin(board: Switchboard, host: str, pages: Pages = OWN) -> web.Application:
    """Return the application of the admin listener, on this host: health and metrics."""
    app = _application(board, gate(Hosts.HERE if is_loopback(host) else Hosts.ANY, lost.on_admin_listener))
    app.add_routes(
        [
            web.get("/healthz", health.alive),
            web.get("/readyz", health.ready),
            web.get("/metrics", pages.metrics),
        ]
    )
    return app


def phones(board: Switchboard) -> web.Application:
    """Return the application of a worker for streams of the console's phone, which the parent has admitted."""
    app = web.Application(client_max_size=MAX_BODY)
    app[BOARD] = board
    app.add_routes([web.get("/phone/{token}", phone, allow_head=False)])
    return app


def _application(board: Switchboard, gate: Middleware) -> web.Application:
    app = web.Application(client_max_size=MAX_BODY, middlewares=[gate])
    app[BOARD] = board
    app.on_response_prepare.append(mask_secrets)
    return app
