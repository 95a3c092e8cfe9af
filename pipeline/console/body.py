"""The body of a request to the console."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TypeVar

import msgspec
from aiohttp import web

from pipeline.console.session import refused
from pipeline.server.http.malformed import BROKEN
from pipeline.server.switchboard import BOARD
from pipeline.vocabulary import Refusal

MOST = 4 * 1024 * 1024  # bytes; a config's text is the longest

Kind = TypeVar("Kind", bound=msgspec.Struct)


async def body(request: web.Request, kind: type[Kind], most: int = MOST) -> Kind:
    """Return the body of a request, JSON of this kind and at most so many bytes.

    Raises HTTP 400 for any other, 408 for one that is not there in 5 seconds, and 413 for a longer one.
    """
    limit = request.app[BOARD].options.limits.body
    try:
        async with asyncio.timeout(limit):
            data = await _read(request, most)
        return msgspec.json.decode(data or b"{}", type=kind)
    except TimeoutError:
        late = f"the body did not come within {limit:g} seconds"
        raise refused(request, HTTPStatus.REQUEST_TIMEOUT, Refusal.SLOW_BODY, late) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise refused(request, HTTPStatus.BAD_REQUEST, Refusal.BODY, f"the body does not fit: {error}") from None
    except BROKEN:
        raise refused(request, HTTPStatus.BAD_REQUEST, Refusal.BODY, "the body broke off") from None


async def _read(request: web.Request, most: int) -> bytes:
    data = bytearray()
    async for chunk in request.content.iter_any():
        data += chunk
        if len(data) > most:
            much = f"a body of more than {most // 1024} kB is not taken here"
            raise refused(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Refusal.BODY, much)
    return bytes(data)
