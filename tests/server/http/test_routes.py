"""Paths and methods."""

from __future__ import annotations

import pytest

from tests.kit.peer import (
    INCOMING,
    raw,
)
from tests.kit.serving import Serve


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", INCOMING, 405),
        ("HEAD", INCOMING, 405),
        ("PUT", INCOMING, 405),
        ("POST", "/ws/twilio-media", 405),
        ("HEAD", "/ws/twilio-media", 405),
        ("GET", "/ws/twilio-media", 400),
        ("POST", f"{INCOMING}/", 404),
        ("GET", "/", 404),
        ("GET", "/static/../pyproject.toml", 404),
        ("GET", "/static/greeting_he.mp3", 404),
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/metrics", 200),
    ],
)
async def test_each_path_answers_its_own_method(serve: Serve, method: str, path: str, status: int) -> None:
    """Wrong methods get 405, wrong paths 404, and a stream's address without an upgrade 400."""
    async with serve() as (server, session), session.request(method, server.url + path) as response:
        assert response.status == status


async def test_pipelined_requests_are_all_answered(serve: Serve) -> None:
    """Ten requests in one packet get ten answers."""
    one = b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"
    async with serve() as (server, _):
        answered = await raw(server, one * 9 + one.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert answered.count(b"HTTP/1.1 200") == 10
