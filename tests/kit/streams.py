"""Streams of calls, opened, closed and broken."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from pipeline.server.app import Server
from tests.kit.peer import metric


async def ended(server: Server, session: ClientSession, cause: str) -> None:
    """The one call is over, once, by this cause, and its slot is free."""
    await server.registry.idle()
    assert not server.registry.entries
    assert await metric(server, session, f'kav_calls_total{{cause="{cause}"}}') == 1


async def refused(session: ClientSession, url: str, headers: dict[str, str] | None = None) -> int:
    """The HTTP status that an upgrade is refused with."""
    with pytest.raises(WSServerHandshakeError) as refusal:
        await session.ws_connect(url, headers=headers)
    return refusal.value.status
