"""The patience of the console with pages that do not read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from pipeline.server.switchboard import BOARD


@asynccontextmanager
async def patience(request: web.Request) -> AsyncIterator[None]:
    """Cut the connection of a request whose peer does not read in 5 seconds what is written inside the block.

    Ended answers would else wait for the peer for ever. A connection that is lost, or cut, ends the block in silence.
    """
    with suppress(ConnectionError):
        try:
            async with asyncio.timeout(request.app[BOARD].options.limits.viewer):
                yield
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()


def has_gone(request: web.BaseRequest) -> bool:
    """True if the connection of a request is lost or cut."""
    return request.transport is None or request.transport.is_closing()
