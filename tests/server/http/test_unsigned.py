"""Signatures that are missing or wrong: the line names the address that Twilio was given, if it can be found."""

from __future__ import annotations

import pytest

from tests.kit.peer import ACCOUNT, INCOMING, SECURE, TOKEN, sid, signed
from tests.kit.serving import Serve

FORM = {"CallSid": sid(), "AccountSid": ACCOUNT, "From": "+1"}
BASE = "https://agent.example/base"
GIVE = f"give Twilio the URL {BASE}{INCOMING}"


@pytest.mark.parametrize(
    ("given", "headers", "do"),
    [
        (f"https://agent.example:8443/base{INCOMING}", {}, "set PUBLIC_BASE_URL to https://agent.example:8443/base"),
        (f"https://agent.example{INCOMING}", {}, "set PUBLIC_BASE_URL to https://agent.example"),
        (f"http://agent.example/base{INCOMING}", {}, GIVE),
        (f"{BASE}{INCOMING}/", {}, "have the proxy pass the path on unchanged"),
        (f"https://other.example{INCOMING}", {"X-Original-Host": "other.example"}, "to https://other.example"),
        (f"https://o.example/base{INCOMING}", {"X-Forwarded-Host": "o.example, p"}, "to https://o.example/base"),
        (f"https://o.example/p{INCOMING}", {"Forwarded": 'for=1;host="o.example"', "X-Forwarded-Prefix": "/p/"}, "/p"),
        (f"{BASE}{INCOMING}?agent=parrot", {}, "have the proxy pass the path on unchanged"),
        (f"{BASE}/{INCOMING}", {}, GIVE),
        (f"https://www.agent.example/base{INCOMING}", {}, "set PUBLIC_BASE_URL to https://www.agent.example/base"),
        (f"http://127.0.0.1:8080/base{INCOMING}", {"Host": "127.0.0.1:8080"}, f"go URL --public-url {BASE}`"),
        (f"https://agent.example:9/base{INCOMING}", {"X-Forwarded-Port": "9"}, "to https://agent.example:9/base"),
    ],
)
async def test_the_address_that_was_signed_is_found(
    serve: Serve, log: list[str], given: str, headers: dict[str, str], do: str
) -> None:
    """Scheme, host, port, prefix, slash: the line says which address matches, the response nothing."""
    async with serve(**{**SECURE, "public_base_url": BASE}) as (server, session):
        head = {**signed(given, FORM), **headers}
        async with session.post(server.url + INCOMING, data=FORM, headers=head) as response:
            assert (response.status, await response.text()) == (403, "403: Forbidden")
    (line,) = [line for line in log if "REFUSED" in line]
    assert f"it matches {given}, and signatures are checked for {BASE}{INCOMING}" in line
    assert do in line.partition("; do: ")[2]
    assert TOKEN not in line and signed(given, FORM)["X-Twilio-Signature"] not in line


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, ["no X-Twilio-Signature header", "proxy drops the header", f"checked for {BASE}{INCOMING}", "run.py go"]),
        (
            signed(BASE + INCOMING, FORM, "the token of a subaccount"),
            ["matches no variant", "TWILIO_AUTH_TOKEN", "a subaccount has its own", f"{ACCOUNT[:10]}…", f"({BASE})"],
        ),
        (signed(BASE + INCOMING), ["without the form", "pass the body on unchanged"]),
        ({"X-Twilio-Signature": "é"}, ["matches no variant"]),
        (
            signed(BASE + INCOMING, FORM) | {"X-Forwarded-Host": "[::1", "X-Forwarded-Port": "999999", "Host": "a:b:c"},
            [],
        ),
    ],
)
async def test_without_a_match_the_likely_causes_are_listed(
    serve: Serve, log: list[str], headers: dict[str, str], words: list[str]
) -> None:
    """A header that is missing, another token, a changed form; a good signature is none of them."""
    async with (
        serve(**{**SECURE, "public_base_url": BASE}) as (server, session),
        session.post(server.url + INCOMING, data=FORM, headers=headers) as response,
    ):
        assert response.status == (403 if words else 200)
    line = " ".join(line for line in log if "REFUSED" in line)
    assert all(word in line for word in words) and bool(line) == bool(words)


@pytest.mark.fault("B1")
async def test_an_unsigned_scan_does_not_hide_a_wrong_signature(serve: Serve, log: list[str]) -> None:
    """They are two kinds, each with its line."""
    async with serve(**SECURE) as (server, session):
        for headers in ({}, {}, {"X-Twilio-Signature": "x"}):
            async with session.post(server.url + INCOMING, data=FORM, headers=headers) as response:
                assert response.status == 403
        assert len([line for line in log if "REFUSED signature" in line]) == 2


async def test_an_upgrade_is_diagnosed_as_a_webhook_is(serve: Serve, log: list[str]) -> None:
    """With wss addresses, and the token left out."""
    path = "/ws/twilio-media/abcdefghijklmnopqrstuv"
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    head = {**upgrade, "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", **signed(f"wss://agent.example:8443{path}")}
    async with serve(**SECURE) as (server, session), session.get(server.url + path, headers=head) as response:
        assert response.status == 403
    (line,) = [line for line in log if "REFUSED" in line]
    assert "it matches wss://agent.example:8443/ws/twilio-media/…" in line
    assert line.endswith("do: set PUBLIC_BASE_URL to https://agent.example:8443")
