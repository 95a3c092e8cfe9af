"""Upgrades that are refused, and what the log says of each."""

from __future__ import annotations

import pytest

from pipeline.vocabulary import Refusal
from tests.kit.parrot import config
from tests.kit.peer import SECURE, metric, opened, ring, sid, signed, stream
from tests.kit.serving import Serve
from tests.kit.streams import refused

KEY = {"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, "it has no `Upgrade: websocket` header"),
        ({"Upgrade": "websocket", **KEY}, "it has no `Connection: Upgrade` header"),
        ({"Connection": "close", "Upgrade": "websocket", **KEY}, "it has no `Connection: Upgrade` header"),
        ({"Connection": "Upgrade", "Upgrade": "h2c", **KEY}, "it has no `Upgrade: websocket` header"),
        ({"Connection": "Upgrade", "Upgrade": "websocket", **KEY, "Sec-WebSocket-Version": "12"}, "Version is 12"),
        ({"Connection": "Upgrade", "Upgrade": "websocket"}, "its upgrade is malformed"),
    ],
)
async def test_a_request_that_is_no_websocket(
    serve: Serve, log: list[str], headers: dict[str, str], words: str
) -> None:
    """A proxy that does not pass WebSockets on is named, with its cure."""
    async with serve() as (server, session):
        async with session.get(f"{server.url}/ws/twilio-media", headers=headers) as response:
            assert response.status == 400
        assert await metric(server, session, 'kav_refused_total{reason="protocol"}') == 1
    (line,) = [line for line in log if "REFUSED" in line]
    assert words in line and "proxy" in line


@pytest.mark.fault("C2")
async def test_an_address_that_opens_nothing_says_why(serve: Serve, log: list[str]) -> None:
    """Used before, or unknown: two causes, and neither line has the token."""
    async with serve() as (server, session):
        address, _ = opened(await ring(server, session, sid()))
        async with session.ws_connect(address):
            assert await refused(session, address) == 403
        assert await refused(session, f"{server.url}/ws/twilio-media/guessed-by-a-stranger") == 403
    used, unknown = [line for line in log if "REFUSED token" in line]
    assert "was used before" in used and "no call that waits has its address" in unknown
    assert address.rpartition("/")[2] not in used and "guessed" not in unknown


async def test_a_stream_without_a_webhook_needs_a_server_without_a_token(serve: Serve, log: list[str]) -> None:
    """TwiML of one's own is told where to point instead."""
    async with serve(**SECURE) as (server, session):
        headers = signed("wss://agent.example/ws/twilio-media")
        assert await refused(session, f"{server.url}/ws/twilio-media", headers) == 403
    assert any("not at TwiML of your own" in line for line in log)


async def test_another_subprotocol_is_told_of_and_let_in(serve: Serve, log: list[str]) -> None:
    """The stream opens without one, as WebSockets do, and the log says so."""
    async with serve() as (server, session):
        async with stream(server, session, protocols=("x",)) as peer:
            assert peer.ws.protocol is None
        async with stream(server, session, protocols=("x", "audio.twilio.com")) as peer:
            assert peer.ws.protocol == "audio.twilio.com"
        assert await metric(server, session, 'kav_refused_total{reason="subprotocol"}') == 1
    assert len([line for line in log if "REFUSED subprotocol" in line]) == 1


async def test_a_stream_that_is_refused_after_its_upgrade_says_why(serve: Serve, log: list[str]) -> None:
    """Another account, another call's secret, no CallSid, a second stream: each has its line."""
    async with serve(account_sid=SECURE["account_sid"]) as (server, session):
        ours = {"accountSid": SECURE["account_sid"]}
        for changes in ({"accountSid": "AC" + "b" * 32}, {**ours, "callSid": "x"}):
            async with stream(server, session) as peer:
                await peer.start(**changes)
                assert await peer.closed() == 1008
        address, _ = opened(await ring(server, session, sid(2), **{"AccountSid": SECURE["account_sid"]}))
        async with session.ws_connect(address) as ws:
            peer.ws, peer.call_sid = ws, sid(2)
            await peer.start(**ours, customParameters={})
            assert await peer.closed() == 1008
    told = [line.split(":")[0] for line in log if "REFUSED" in line]
    assert told == [f"REFUSED {each}" for each in (Refusal.ACCOUNT, Refusal.CALL_SID, Refusal.SECRET)]


@pytest.mark.fault("B10")
async def test_a_full_server_says_what_to_raise(serve: Serve, log: list[str]) -> None:
    """Callers who hear busy are in the log, with the setting."""
    async with serve(config(max_calls=0 + 1)) as (server, session):
        await ring(server, session, sid(1))
        await ring(server, session, sid(2))
    assert any(line.startswith("REFUSED full: ") and "server.max_calls" in line for line in log)
