"""The handlers of a server that hands over: they pass the requests of the other server's calls on."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from aiohttp import hdrs, web

from pipeline.server.handover.handover import HandOver
from pipeline.server.handover.messages import Connection
from pipeline.server.http import webhook
from pipeline.server.http.routes import Page, Pages
from pipeline.server.workers.channel import Channel

LENGTHS = (hdrs.CONTENT_LENGTH, hdrs.TRANSFER_ENCODING, hdrs.EXPECT)  # written anew, as the body was read whole


def passing(handover: HandOver, pages: Pages) -> Pages:
    """Return the handlers of Twilio's requests with those of the other server's calls passed on."""
    return pages._replace(
        incoming_call=partial(_webhook, handover, pages.incoming_call),
        call_ended=partial(_webhook, handover, pages.call_ended),
        returned=partial(_webhook, handover, pages.returned),
        brief=partial(_webhook, handover, pages.brief),
        stream_status=partial(_webhook, handover, pages.stream_status),
        media=partial(_media, handover, pages.media),
    )


async def _webhook(handover: HandOver, page: Page, request: web.Request) -> web.StreamResponse:
    form = await webhook.read(request)  # the port may move while the body arrives, and not between here and the answer
    # The side of a person who is rung has a sid of its own, and belongs to the caller's call.
    channel = handover.elsewhere(form.get("ParentCallSid", "") or form.get("CallSid", ""))
    return await page(request) if channel is None else _pass_on(channel, request, await request.read())


async def _media(handover: HandOver, page: Page, request: web.Request) -> web.StreamResponse:
    channel = handover.stream_elsewhere(request.match_info.get("token", ""))
    return await page(request) if channel is None else _pass_on(channel, request)


def _pass_on(channel: Channel[Any], request: web.Request, body: bytes = b"") -> web.Response:
    """Pass a request's connection on; the other server answers on it, and has the requests that follow on it."""
    if request.transport is not None:
        file = os.dup(request.transport.get_extra_info("socket").fileno())
        channel.send(Connection(_written(request, body)), file)
        request.transport.abort()  # closes our descriptor alone
    return web.Response()


def _written(request: web.Request, body: bytes) -> bytes:
    headers = [(name, value) for name, value in request.raw_headers if name.decode("latin-1").title() not in LENGTHS]
    if body:
        headers.append((b"Content-Length", str(len(body)).encode()))
    first = f"{request.method} {request.raw_path} HTTP/{request.version.major}.{request.version.minor}".encode()
    return b"\r\n".join([first, *(name + b": " + value for name, value in headers), b"", body])
