"""Refusals that are heard: each with its cause, once a minute, and without a word that could harm."""

from __future__ import annotations

import pytest

from pipeline.server.refusals import CLIPPED, WHYS, address, clipped
from tests.kit.peer import INCOMING, SECURE, metric, raw, sid
from tests.kit.serving import Serve

FORM = {"CallSid": sid()}


@pytest.mark.fault("B6")
async def test_a_refusal_is_a_line_once_and_a_count_always(serve: Serve, log: list[str]) -> None:
    """Fifteen like it are one line, and one more at the end with the number that was held back."""
    async with serve(**SECURE) as (server, session):
        for _ in range(15):
            async with session.post(server.url + INCOMING, data=FORM, headers={"User-Agent": "me/1"}) as response:
                assert (response.status, await response.text()) == (403, "403: Forbidden")
        assert await metric(server, session, 'kav_refused_total{reason="signature"}') == 15
        told = [line for line in log if "REFUSED" in line]
        assert len(told) == 1
        assert told[0].startswith(f"REFUSED signature: POST {INCOMING} from 127.0.0.1 (me/1): ")
    told = [line for line in log if "REFUSED" in line]
    assert len(told) == 2 and told[1].endswith("(14 more like it in the last minute)")


@pytest.mark.fault("I-2")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nREADY\x1b[2J", "a\\nREADY\\x1b[2J"),
        ("\u202eabc\udc80é", "\\u202eabc\\udc80\\xe9"),
        ("x" * 500, "x" * CLIPPED + "…"),
    ],
)
def test_a_strangers_text_is_harmless(text: str, shown: str) -> None:
    """No line break, no escape sequence, no turned text, and no more than so much of it."""
    assert clipped(text) == shown


@pytest.mark.fault("I-1")
@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"/ws/twilio-media/{'aB3_' * 5}zz", "/ws/twilio-media/…"),
        ("wss://h/agent/ws/twilio-media/short/", "wss://h/agent/ws/twilio-media/…/"),
        ("/webhook/incoming_call?agent=sales&api_key=abc&x=1", "/webhook/incoming_call?agent=sales&api_key=…&x=1"),
        (f"/{'t' * 22}?Token=1", "/…?Token=…"),
    ],
)
def test_an_address_has_no_secret(url: str, shown: str) -> None:
    """Neither the token of a stream nor one in a query, in whatever place."""
    assert address(url) == shown


def test_every_cause_has_advice() -> None:
    """The table says for each of its reasons what is wrong and what to do."""
    assert all(why.cause and why.do for why in WHYS.values())


@pytest.mark.fault("I-2")
async def test_nothing_of_a_request_can_forge_a_line(serve: Serve, log: list[str]) -> None:
    """A user agent of bytes that are no text is escaped, and the signature itself is not shown."""
    head = (
        f"POST {INCOMING} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nUser-Agent: \xff\x1b]0;owned\x07{'y' * 300}\r\n"
        "X-Forwarded-For: 1.2.3.4\r\nX-Twilio-Signature: sEcReT-signature=\r\nContent-Length: 0\r\n\r\n"
    )
    async with serve(**SECURE) as (server, _):
        await raw(server, head.encode("latin-1"))
    (line,) = [line for line in log if "REFUSED" in line]
    assert line.isprintable() and "\x1b" not in line and "sEcReT" not in line and "y" * 200 not in line


@pytest.mark.parametrize("start", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40), b"hello\r\n\r\n"])
async def test_bytes_that_are_no_http_are_heard(serve: Serve, log: list[str], start: bytes) -> None:
    """TLS to the plain port is told of, with the cure, though aiohttp itself says nothing."""
    async with serve() as (server, session):
        await raw(server, start)
        assert await metric(server, session, 'kav_refused_total{reason="http"}') == 1
    (line,) = [line for line in log if "REFUSED" in line]
    assert line.startswith("REFUSED http: Bad") and "speak plain http" in line


@pytest.mark.fault("B6")
@pytest.mark.parametrize(
    ("head", "cause"),
    [
        (b"GET / HTTP/1.1\r\nHost: h\r\nX-A: \x1b[2J\r\n\r\n", "malformed (Invalid header value char)"),
        (b"GET / HTTP/1.1\r\nHost: h\r\nHost: g\r\n\r\n", "malformed (Duplicate 'Host' header found.)"),
        (b"GET /\xd7\x90 HTTP/1.1\r\nHost: h\r\n\r\n", "its path, a header or its body is malformed"),
        (
            b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
            "malformed (Invalid character in Content-Length)",
        ),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: h\r\n\r\n", "over 8 KiB"),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 2000 + b"\r\n", "too many headers"),
    ],
)
async def test_http_that_is_malformed_is_not_taken_for_tls(
    serve: Serve, log: list[str], head: bytes, cause: str
) -> None:
    """The cause is the header, the path or the length, and the advice fits."""
    async with serve() as (server, _):
        await raw(server, head)
    (line,) = [line for line in log if "REFUSED" in line]
    assert line.startswith("REFUSED http: ") and cause in line and "TLS" not in line and line.isprintable()
