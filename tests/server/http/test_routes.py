"""Paths and methods."""

from __future__ import annotations

import pytest

from tests.kit.peer import (
    INCOMING,
    raw,
)
from tests.kit.serving import Serve


@pytest.mark.fault("B9")
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
        ("GET", "/healthz", 404),
        ("GET", "/readyz", 404),
        ("GET", "/metrics", 404),
    ],
)
async def test_each_path_answers_its_own_method(serve: Serve, method: str, path: str, status: int) -> None:
    """Wrong methods get 405, wrong paths 404, and a stream's address without an upgrade 400."""
    async with serve() as (server, session), session.request(method, server.url + path) as response:
        assert response.status == status


@pytest.mark.fault("B9")
async def test_pipelined_requests_are_all_answered(serve: Serve) -> None:
    """Ten requests in one packet get ten answers."""
    one = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    async with serve() as (server, _):
        answered = await raw(server, one * 9 + one.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert answered.count(b"HTTP/1.1 404") == 10


@pytest.mark.fault("I-10")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/metrics", 200),
        ("POST", "/metrics", 405),
        ("POST", INCOMING, 404),
        ("GET", "/ws/twilio-media", 404),
    ],
)
async def test_the_admin_listener_has_health_and_metrics_alone(
    serve: Serve, method: str, path: str, status: int
) -> None:
    """Twilio's paths are on the public port only."""
    async with serve() as (server, session), session.request(method, server.admin_url + path) as response:
        assert response.status == status
