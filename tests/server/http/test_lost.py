"""Requests for paths that are not served: each line says what was meant."""

from __future__ import annotations

import pytest

from tests.kit.peer import INCOMING, PUBLIC, metric
from tests.kit.serving import Serve


@pytest.mark.parametrize(
    ("method", "path", "words"),
    [
        ("POST", f"/agent{INCOMING}", f"the prefix /agent before {INCOMING} was not removed"),
        ("POST", "/a/b/webhook/call_ended", "the prefix /a/b before /webhook/call_ended was not removed"),
        ("GET", "/agent/ws/twilio-media/abcdefghijklmnopqrst", "the prefix /agent before /ws/twilio-media was not"),
        ("POST", f"{INCOMING}/", f"give Twilio exactly {PUBLIC}{INCOMING}"),
        ("POST", f"/{INCOMING}", "PUBLIC_BASE_URL end without a slash"),
        ("POST", "/Webhook/Incoming_Call", f"give Twilio exactly {PUBLIC}{INCOMING}"),
        ("POST", "/webhook/incoming-call", f"{INCOMING} may be meant"),
        ("POST", "/", f"set the number's webhook in the Twilio console to {PUBLIC}{INCOMING}, HTTP POST"),
        ("GET", "/favicon.ico", "nothing, if it is a stranger's"),
        ("GET", INCOMING, "set the webhook to HTTP POST in the Twilio console"),
        ("HEAD", INCOMING, "this is HEAD: a monitor, or the preview of a link; do: let monitors ask for /healthz"),
        ("OPTIONS", INCOMING, "a browser asks for a web page whether it may post; do: nothing: web pages"),
        ("PUT", INCOMING, "webhooks are posted, and this is PUT; do: nothing, if it is a stranger's"),
        ("GET", "/ws/twilio-media//x", "have the proxy pass the path of our TwiML on unchanged"),
        ("POST", "/ws/twilio-media", "is where media streams open (GET with an upgrade), and no webhook"),
        ("GET", "/static/greeting_he.mp3", "no greeting to be played"),
    ],
)
async def test_a_path_that_is_not_served(serve: Serve, log: list[str], method: str, path: str, words: str) -> None:
    """What was asked, why it is not there, and what to tell Twilio or the proxy."""
    async with serve(public_base_url=PUBLIC) as (server, session):
        async with session.request(method, server.url + path) as response:
            reason, known = ("path", 404) if response.status == 404 else ("method", 405)
            assert response.status == known
        assert await metric(server, session, f'kav_refused_total{{reason="{reason}"}}') == 1
    (line,) = [line for line in log if "REFUSED" in line]
    assert line.startswith(f"REFUSED {reason}: {method} /") and words in line


async def test_a_monitor_does_not_hide_a_wrong_method(serve: Serve, log: list[str]) -> None:
    """HEAD and GET are two kinds, and the prefix of a stream is not advised to be written into the console."""
    async with serve(public_base_url=PUBLIC) as (server, session):
        for method in ("HEAD", "GET", "PATCH"):
            async with session.request(method, server.url + INCOMING):
                pass
        async with session.get(f"{server.url}/kav/ws/twilio-media/x"):
            pass
        said = [line for line in log if "REFUSED" in line]
    assert len(said) == 4 and "give Twilio" not in said[-1]


async def test_an_upgrade_beside_the_stream_says_where_streams_open(serve: Serve, log: list[str]) -> None:
    """It is no webhook that was mistyped."""
    async with (
        serve() as (server, session),
        session.get(f"{server.url}/media", headers={"Upgrade": "websocket"}) as response,
    ):
        assert response.status == 404
    assert any("streams open at /ws/twilio-media" in line for line in log)


@pytest.mark.fault("I-10")
@pytest.mark.parametrize("admin", [True, False])
async def test_metrics_on_the_public_port_are_told_of_once(serve: Serve, log: list[str], admin: bool) -> None:
    """With the address at which they are, or how to have one."""
    async with serve(**({} if admin else {"admin": None})) as (server, session):
        for _ in range(3):
            async with session.get(f"{server.url}/metrics") as response:
                assert response.status == 404
        where = f"{server.admin_url}/metrics" if admin else "`serve --admin [HOST:]PORT`"
    (line,) = [line for line in log if "REFUSED" in line]
    assert where in line


async def test_the_admin_listener_sends_twilio_elsewhere(serve: Serve, log: list[str]) -> None:
    """A webhook on the wrong port is told of, too."""
    async with serve() as (server, session), session.post(server.admin_url + INCOMING) as response:
        assert response.status == 404
    assert any(line.startswith("REFUSED path: ") and "public port (--port)" in line for line in log)
