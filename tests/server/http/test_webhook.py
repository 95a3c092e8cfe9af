"""The webhooks: what rings, who may ring, and what Twilio is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from pipeline.server.options import Limits
from tests.kit.outside import cause
from tests.kit.parrot import config
from tests.kit.peer import (
    ACCOUNT,
    INCOMING,
    PUBLIC,
    SECURE,
    STREAM_SID,
    TOKEN,
    answer,
    call,
    metric,
    opened,
    raw,
    ring,
    sid,
    signed,
)
from tests.kit.serving import Serve

FORM = "application/x-www-form-urlencoded"


async def test_a_ringing_call_gets_its_stream(serve: Serve) -> None:
    """The TwiML connects the call to a stream at the public address, and says nothing else."""
    async with serve(public_base_url=PUBLIC) as (server, session):
        twiml = await ring(server, session, sid(), From="+1", To="+2")
        assert [verb.tag for verb in twiml] == ["Connect"]
        assert twiml[0].attrib == {"action": f"{PUBLIC}/webhook/call_ended"}
        address, parameters = opened(twiml)
        entry = server.registry.entries[sid()]
        assert address == f"wss://agent.example/ws/twilio-media/{entry.token}"
        assert parameters == {"call_sid": sid(), "token": entry.secret}
        assert twiml[0][0].attrib["statusCallback"] == f"{PUBLIC}/webhook/stream_status"
        assert (entry.caller, entry.called) == ("+1", "+2")


@pytest.mark.parametrize("direction", ["outbound-api", "outbound-dial"])
async def test_of_a_call_that_was_placed_the_agent_is_the_one_who_rings(serve: Serve, direction: str) -> None:
    """Its config is that of the number in From, and the person in To is the one on the line."""
    agents = config(name="clinic", numbers=("+97232",)), config(name="sales", numbers=("+97231",))
    async with serve(*agents) as (server, session):
        await ring(server, session, sid(), From="+97231", To="+97250", Direction=direction)
        await ring(server, session, sid(2), From="+97250", To="+97231", Direction="inbound")
        for each in (server.registry.entries[sid()], server.registry.entries[sid(2)]):
            assert (each.agent.config.name, each.caller, each.called) == ("sales", "+97250", "+97231")


@pytest.mark.fault("B4")
async def test_addresses_never_come_from_the_request(serve: Serve) -> None:
    """X-Forwarded-Host and an absolute request line change nothing in the TwiML."""
    body = urlencode({"CallSid": sid()}).encode()
    async with serve() as (server, _):
        for line in (INCOMING, f"http://localhost:1{INCOMING}"):
            head = f"POST {line} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Host: evil.example\r\nConnection: close\r\n"
            head += f"Content-Type: {FORM}\r\nContent-Length: {len(body)}\r\n\r\n"
            answered = await raw(server, head.encode() + body)
            assert b"evil" not in answered
            assert f"ws://127.0.0.1:{server.port}/ws/".encode() in answered


async def test_a_signed_webhook_is_answered(serve: Serve) -> None:
    """Twilio's own signature is good, with the port in the address and without it."""
    async with serve(**SECURE) as (server, session):
        for number, url in enumerate((PUBLIC, f"{PUBLIC}:443")):
            form = {"CallSid": sid(number), "AccountSid": ACCOUNT, "Caller": "דנה", "Blank": ""}
            assert "<Connect" in await answer(server, session, form, signed(url + INCOMING, form))


@pytest.mark.fault("B1")
@pytest.mark.parametrize("mutant", ["unsigned", "token", "field", "more", "path", "query", "scheme", "garbage"])
async def test_a_forged_webhook_is_refused(serve: Serve, mutant: str) -> None:
    """What Twilio did not sign exactly so gets 403 and no word why, and holds no slot."""
    form = {"CallSid": sid(), "AccountSid": ACCOUNT, "To": "+1"}
    url = PUBLIC + INCOMING
    headers = {
        "unsigned": {},
        "token": signed(url, form, "another token"),
        "field": signed(url, {**form, "To": "+2"}),
        "more": signed(url, {"CallSid": sid()}),
        "path": signed(f"{url}/", form),
        "query": signed(f"{url}?a=b", form),
        "scheme": signed(url.replace("https", "http"), form),
        "garbage": {"X-Twilio-Signature": "ééé"},
    }[mutant]
    async with serve(**SECURE) as (server, session):
        async with session.post(server.url + INCOMING, data=form, headers=headers) as response:
            assert (response.status, await response.text()) == (403, "403: Forbidden")
        assert not server.registry.entries
        assert await metric(server, session, 'kav_refused_total{reason="signature"}') == 1


@pytest.mark.fault("B1")
async def test_a_query_is_part_of_what_is_signed(serve: Serve) -> None:
    """A webhook address with a query validates with it, as it was sent."""
    form = {"CallSid": sid(), "AccountSid": ACCOUNT}
    async with serve(**SECURE) as (server, session):
        path = f"{INCOMING}?tenant=a%20b"
        headers = signed(PUBLIC + path, form)
        async with session.post(f"{server.url}{INCOMING}?tenant=a%20b", data=form, headers=headers) as response:
            assert response.status == 200


@pytest.mark.fault("B1")
async def test_another_account_is_refused(serve: Serve) -> None:
    """A call of an account that is not ours gets 403, even if it is signed."""
    form = {"CallSid": sid(), "AccountSid": "AC" + "b" * 32}
    async with serve(**SECURE) as (server, session):
        headers = signed(PUBLIC + INCOMING, form)
        async with session.post(server.url + INCOMING, data=form, headers=headers) as response:
            assert response.status == 403


@pytest.mark.fault("B5")
@pytest.mark.parametrize("nasty", ['"/><Dial>+1</Dial>', "]]><x>", "&amp;", "<!--", "\x00\x0b", "'\"><script>"])
async def test_parameters_do_not_reach_the_twiml(serve: Serve, nasty: str) -> None:
    """Whatever the caller is called, the TwiML is the same tree."""
    async with serve() as (server, session):
        twiml = await ring(server, session, sid(), From=nasty, To=nasty, CallerName=nasty)
        assert [element.tag for element in twiml.iter()] == ["Response", "Connect", "Stream", "Parameter", "Parameter"]


@pytest.mark.fault("B6", "B8", "I-9")
@pytest.mark.parametrize(
    "body",
    [
        b"CallSid=%ff%fe",
        b"CallSid=\xff",
        b"CallSid=%zz",
        b"CallSid",
        b"",
        b"CallSid=CA1",
        b"CallSid=../../etc/passwd",
        b"CallSid=" + sid().encode() + b"%0a",
        b"&".join(b"a%d=1" % number for number in range(201)),
        b'{"CallSid": "x"}',
    ],
)
async def test_a_body_that_is_no_call_gets_400(serve: Serve, body: bytes, lines: list[str]) -> None:
    """Bad encodings, too many fields and names that are no CallSid are refused without a trace."""
    async with serve() as (server, session):
        async with session.post(server.url + INCOMING, data=body, headers={"Content-Type": FORM}) as response:
            assert response.status == 400
        assert not server.registry.entries
    assert not [line for line in lines if "Traceback" in line]


@pytest.mark.fault("B8")
async def test_broken_transfer_coding_gets_400(serve: Serve) -> None:
    """A chunked body that is none is refused like any other."""
    head = f"POST {INCOMING} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Type: {FORM}\r\n\r\n"
    async with serve() as (server, _):
        assert b" 400 " in (await raw(server, head.encode() + b"zz\r\nhello\r\n")).split(b"\r\n")[0]


@pytest.mark.fault("B6")
async def test_a_body_over_the_limit_gets_413(serve: Serve) -> None:
    """More than 64 KiB are not read."""
    async with serve() as (server, session):
        body = session.post(server.url + INCOMING, data=b"a" * 70_000, headers={"Content-Type": FORM})
        assert (await body).status == 413


@pytest.mark.fault("B7")
async def test_a_slow_body_is_cut_off(serve: Serve) -> None:
    """A body that does not come in time gets 408, and the connection is closed."""
    head = (
        f"POST {INCOMING} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\nContent-Type: {FORM}\r\n\r\nCallSid="
    )
    async with serve(limits=Limits(body=0.05)) as (server, _):
        assert (await raw(server, head.encode())).startswith(b"HTTP/1.1 408")


async def test_a_greeting_is_played_first(serve: Serve, tmp_path: Path) -> None:
    """With `twiml_play_greeting` the configured file comes before the stream, and no other file is served."""
    sound = tmp_path / "hello.mp3"
    sound.write_bytes(b"ID3 sound")
    greeting: dict[str, Any] = {"twiml_play_greeting": True, "greeting_file": sound}
    async with serve(config(**greeting), config(name="b", numbers=("+1",), **greeting)) as (server, session):
        for number, query in (("+9", "?agent=parrot"), ("+1", "?agent=b")):
            twiml = await ring(server, session, sid(int(number)), To=number)
            assert [verb.tag for verb in twiml] == ["Play", "Connect"]
            assert twiml[0].text == f"{server.url}/static/greeting_he.mp3{query}"
            async with session.get(str(twiml[0].text)) as response:
                assert await response.read() == b"ID3 sound"
        assert server.registry.entries[sid(9)].start_by > server.registry.loop.time() + 30


@pytest.mark.fault("G1")
@pytest.mark.parametrize(("language", "tag"), [("he-IL", "he-IL"), ("en-GB", "en-US"), ("fr-FR", "en-US")])
async def test_a_call_that_failed_ends_with_an_apology(serve: Serve, language: str, tag: str) -> None:
    """After a fault of ours the caller hears a sentence before Twilio hangs up; after any other end, nothing."""
    async with serve(config(language=language)) as (server, session):
        for number, cause in ((1, "no_media"), (2, "stop")):
            agent = server.board.agent_for("")
            server.registry.release(server.registry.reserve(sid(number), agent), cause)
        async with session.post(f"{server.url}/webhook/call_ended", data={"CallSid": sid(1)}) as response:
            said, hangup = ElementTree.fromstring(await response.text())
            assert (said.tag, said.attrib, hangup.tag) == ("Say", {"language": tag}, "Hangup")
        for number in (2, 3):
            async with session.post(f"{server.url}/webhook/call_ended", data={"CallSid": sid(number)}) as response:
                assert [verb.tag for verb in ElementTree.fromstring(await response.text())] == ["Hangup"]


@pytest.mark.fault("B12")
async def test_stream_errors_are_logged(serve: Serve, lines: list[str]) -> None:
    """Twilio's report of a stream that failed is in the log, for unknown calls too."""
    form = {"CallSid": sid(), "StreamEvent": "stream-error", "StreamError": "31920"}
    async with serve() as (server, session):
        assert (await session.post(f"{server.url}/webhook/stream_status", data=form)).status == 204
    assert "STREAM_STATUS stream-error 31920" in lines


@pytest.mark.fault("B12")
async def test_reports_on_calls_that_are_not_here_cannot_fill_the_log(serve: Serve, lines: list[str]) -> None:
    """One line, and one with their number at the end; each of a known call has its own."""
    form = {"StreamEvent": "stream-error", "StreamError": "31920"}
    async with serve() as (server, session):
        server.registry.reserve(sid(0), server.board.agent_for(""))
        for number in (*range(1, 100), 0, 0):
            async with session.post(f"{server.url}/webhook/stream_status", data={**form, "CallSid": sid(number)}):
                pass
    said = [line for line in lines if line.startswith("STREAM_STATUS")]
    assert len(said) == 4 and "(98 more of calls that are not here in the last minute)" in said[-1]


@pytest.mark.fault("I-7")
async def test_a_refused_caller_hears_the_words_of_the_config(serve: Serve) -> None:
    """In its language, and is hung up on; without words they hear the busy tone."""
    said = "כל הקווים תפוסים <אנא> נסו שוב."
    async with serve(config(language="he-IL", per_caller=1, busy=said)) as (server, session):
        await ring(server, session, sid(), From="+972501234567")
        twiml = await ring(server, session, sid(2), From="+972501234567")
    assert [verb.tag for verb in twiml] == ["Say", "Hangup"]
    assert (twiml[0].text, twiml[0].attrib) == (said, {"language": "he-IL"})


@pytest.mark.fault("I-7")
async def test_one_number_cannot_take_every_slot(serve: Serve, lines: list[str]) -> None:
    """The call above its number's limit hears busy, with one line that names the key; another number is answered."""
    async with serve(config(per_caller=2)) as (server, session):
        answers = []
        for number, caller in enumerate(("+972501234567",) * 4 + ("+972501234568",)):
            form = {"CallSid": sid(number), "From": caller, "To": "+97231234567"}
            async with session.post(f"{server.url}/webhook/incoming_call", data=form) as answer:
                answers.append("busy" if "<Reject" in await answer.text() else "answered")
    assert answers == ["answered", "answered", "busy", "busy", "answered"]
    assert any(line.startswith("REFUSED caller:") and "server.per_caller" in line for line in lines)


@pytest.mark.fault("B12")
@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2), (2, 2, 3, 3, 0, 1)])
async def test_callbacks_that_come_late_twice_or_in_another_order_change_nothing(
    serve: Serve, tmp_path: Path, order: tuple[int, ...]
) -> None:
    """Before, in and after the call: its slot and its record are the stream's alone, and no call is opened again."""
    callbacks = (
        ("stream_status", {"StreamEvent": "stream-started"}),
        ("stream_status", {"StreamEvent": "stream-stopped"}),
        ("stream_status", {"StreamEvent": "stream-error", "StreamError": "31921"}),
        ("call_ended", {"CallStatus": "completed"}),
    )
    async with serve(config(folder=tmp_path)) as (server, session):

        async def report(number: int) -> None:
            for which in order:
                path, form = callbacks[which]
                data = {"CallSid": sid(number), "StreamSid": STREAM_SID, **form}
                async with session.post(f"{server.url}/webhook/{path}", data=data) as response:
                    assert response.status in (200, 204)

        await report(1)
        assert not server.registry.entries
        async with call(server, session, sid(1)) as peer:
            await report(1)
            await report(2)
            assert list(server.registry.entries) == [sid(1)]
            await peer.talks(2)
            await peer.say("stop")
            assert await peer.closed() == 1000
        await server.registry.idle()
        await report(1)
        assert not server.registry.entries
        assert "<Reject" in await answer(server, session, {"CallSid": sid(1)})
    assert cause(tmp_path) == "stop"


@pytest.mark.fault("B8")
@pytest.mark.parametrize("more", [[("To", "+2")], [("To", "+1")], [("Digits", ""), ("Digits", "2"), ("Digits", "1")]])
async def test_parameters_that_stand_twice_are_signed_as_twilio_does(serve: Serve, more: list[tuple[str, str]]) -> None:
    """By its own library: each value once, in order; another value that was added is a forgery."""
    form = MultiDict([("CallSid", sid()), ("AccountSid", ACCOUNT), ("To", "+1"), *more])
    good = RequestValidator(TOKEN).compute_signature(PUBLIC + INCOMING, form)
    async with serve(**SECURE) as (server, session):
        for sent, status in ((form, 200), (MultiDict([*form.items(), ("To", "+3")]), 403)):
            headers = {"X-Twilio-Signature": good}
            async with session.post(server.url + INCOMING, data=sent, headers=headers) as response:
                assert response.status == status


@pytest.mark.fault("B6")
async def test_an_attack_is_a_line(serve: Serve, log: list[str]) -> None:
    """Twenty bodies and twenty headers that are too long: each is refused, and each kind has one line."""
    head = f"POST {INCOMING} HTTP/1.1\r\nHost: localhost\r\nX-Long: {'x' * 9000}\r\nConnection: close\r\n\r\n".encode()
    async with serve() as (server, session):
        before = len(log)
        for _ in range(20):
            body = session.post(server.url + INCOMING, data=b"a" * 70_000, headers={"Content-Type": FORM})
            assert (await body).status == 413
            assert b" 400 " in (await raw(server, head)).split(b"\r\n")[0]
        assert len(log) - before == 2, log[before:]
