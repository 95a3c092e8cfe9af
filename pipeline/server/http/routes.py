"""The table of the server's routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from aiohttp import web

from pipeline.server.http import health, webhook
from pipeline.server.stream.media import media
from pipeline.server.switchboard import BOARD, Switchboard

MAX_BODY = 64 * 1024  # bytes

Page = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Pages(NamedTuple):
    """The handlers that differ in a server with worker processes."""

    incoming_call: Page = webhook.incoming_call
    call_ended: Page = webhook.call_ended
    media: Page = media
    metrics: Page = health.metrics


OWN = Pages()


def build(board: Switchboard, pages: Pages = OWN) -> web.Application:
    """Return the aiohttp application of this switchboard."""
    app = web.Application(client_max_size=MAX_BODY)
    app[BOARD] = board
    stream = webhook.STREAM_PATH
    app.add_routes(
        [
            web.post("/webhook/incoming_call", pages.incoming_call),
            web.post("/webhook/stream_status", webhook.stream_status),
            web.post("/webhook/call_ended", pages.call_ended),
            web.get(webhook.GREETING_PATH, webhook.greeting),
            *(web.get(stream + end, pages.media, allow_head=False) for end in ("", "/", "/{token}", "/{token}/")),
            web.get("/healthz", health.alive),
            web.get("/readyz", health.ready),
            web.get("/metrics", pages.metrics),
        ]
    )
    return app
