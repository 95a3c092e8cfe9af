"""The webhooks: what rings, who may ring, and what Twilio is told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from aiohttp import ClientSession
from multidict import MultiDict
from twilio.request_validator import RequestValidator
from yarl import URL

from pipeline.server.app import Server
from pipeline.server.options import Limits
from pipeline.twilio.signature import forms_of
from tests.kit.parrot import config
from tests.kit.peer import ACCOUNT, PUBLIC, TOKEN, call, metric, opened, ring, sid, signed
from tests.kit.serving import Serve

INCOMING = "/webhook/incoming_call"
FORM = "application/x-www-form-urlencoded"
BUSY = '<?xml version="1.0" encoding="UTF-8"?><Response><Reject reason="busy" /></Response>'
SECURE = {"public_base_url": PUBLIC, "auth_token": TOKEN, "account_sid": ACCOUNT}


async def answer(
    server: Server, session: ClientSession, form: dict[str, str], headers: dict[str, str] | None = None, query: str = ""
) -> str:
    """What the webhook answers."""
    url = f"{server.url}{INCOMING}?{query}" if query else server.url + INCOMING
    async with session.post(URL(url, encoded=True), data=form, headers=headers) as response:
        assert response.status == 200
        return await response.text()


async def raw(server: Server, *pieces: bytes) -> bytes:
    """What the server answers to these bytes, up to its end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for piece in pieces:
        writer.write(piece)
    answered = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answered


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


async def test_addresses_never_come_from_the_request(serve: Serve) -> None:
    """Host, X-Forwarded-Host and an absolute request line change nothing in the TwiML."""
    body = urlencode({"CallSid": sid()}).encode()
    async with serve() as (server, _):
        for line in (INCOMING, f"http://evil.example{INCOMING}"):
            head = (
                f"POST {line} HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nConnection: close\r\n"
            )
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


async def test_a_query_is_part_of_what_is_signed(serve: Serve) -> None:
    """A webhook address with a query validates with it, as it was sent."""
    form = {"CallSid": sid(), "AccountSid": ACCOUNT}
    async with serve(**SECURE) as (server, session):
        path = f"{INCOMING}?tenant=a%20b"
        headers = signed(PUBLIC + path, form)
        async with session.post(f"{server.url}{INCOMING}?tenant=a%20b", data=form, headers=headers) as response:
            assert response.status == 200


def test_the_signature_is_that_of_the_documentation() -> None:
    """Twilio's documented example comes out, whatever form of the address was signed."""
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    form = MultiDict(
        CallSid="CA1234567890ABCDE", Caller="+14158675309", Digits="1234", From="+14158675309", To="+18005551212"
    )
    assert forms_of(url)[0] == url
    assert RequestValidator("12345").compute_signature(url, form) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert forms_of("wss://h:443/a?b") == ("wss://h/a?b", "wss://h:443/a?b")
    assert forms_of("https://h:8443/a") == ("https://h/a", "https://h:8443/a")


async def test_another_account_is_refused(serve: Serve) -> None:
    """A call of an account that is not ours gets 403, even if it is signed."""
    form = {"CallSid": sid(), "AccountSid": "AC" + "b" * 32}
    async with serve(**SECURE) as (server, session):
        headers = signed(PUBLIC + INCOMING, form)
        async with session.post(server.url + INCOMING, data=form, headers=headers) as response:
            assert response.status == 403


async def test_a_repeated_webhook_gets_the_same_answer(serve: Serve) -> None:
    """Fifty at the same moment and one later are one call: the same TwiML, one slot."""
    async with serve() as (server, session):
        form = {"CallSid": sid()}
        answers = await asyncio.gather(*(answer(server, session, form) for _ in range(50)))
        answers.append(await answer(server, session, form))
        assert len(set(answers)) == 1
        assert len(server.registry.entries) == 1


async def test_a_webhook_of_an_ended_call_is_rejected(serve: Serve) -> None:
    """Once a call is over, its webhook opens nothing any more."""
    async with serve() as (server, session):
        async with call(server, session) as peer:
            await peer.say("stop")
            await peer.closed()
        await server.registry.idle()
        assert "<Reject" in await answer(server, session, {"CallSid": sid()})
        assert not server.registry.entries


@pytest.mark.parametrize("nasty", ['"/><Dial>+1</Dial>', "]]><x>", "&amp;", "<!--", "\x00\x0b", "'\"><script>"])
async def test_parameters_do_not_reach_the_twiml(serve: Serve, nasty: str) -> None:
    """Whatever the caller is called, the TwiML is the same tree."""
    async with serve() as (server, session):
        twiml = await ring(server, session, sid(), From=nasty, To=nasty, CallerName=nasty)
        assert [element.tag for element in twiml.iter()] == ["Response", "Connect", "Stream", "Parameter", "Parameter"]


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


async def test_broken_transfer_coding_gets_400(serve: Serve) -> None:
    """A chunked body that is none is refused like any other."""
    head = f"POST {INCOMING} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Type: {FORM}\r\n\r\n"
    async with serve() as (server, _):
        assert b" 400 " in (await raw(server, head.encode() + b"zz\r\nhello\r\n")).split(b"\r\n")[0]


async def test_a_body_over_the_limit_gets_413(serve: Serve) -> None:
    """More than 64 KiB are not read."""
    async with serve() as (server, session):
        body = session.post(server.url + INCOMING, data=b"a" * 70_000, headers={"Content-Type": FORM})
        assert (await body).status == 413


async def test_a_slow_body_is_cut_off(serve: Serve) -> None:
    """A body that does not come in time gets 408, and the connection is closed."""
    head = f"POST {INCOMING} HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\nContent-Type: {FORM}\r\n\r\nCallSid="
    async with serve(limits=Limits(body=0.05)) as (server, _):
        assert (await raw(server, head.encode())).startswith(b"HTTP/1.1 408")


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


async def test_a_full_server_says_busy_at_once(serve: Serve) -> None:
    """With two slots, the third call and all after it are turned away; a slot that comes back is given again."""
    async with serve(config(max_calls=2)) as (server, session):
        answers = [await answer(server, session, {"CallSid": sid(number)}) for number in range(5)]
        assert answers[2:] == [BUSY] * 3
        server.registry.release(server.registry.entries[sid(0)], "lost")
        assert "<Connect" in await answer(server, session, {"CallSid": sid(5)})


async def test_configs_have_slots_of_their_own(serve: Serve) -> None:
    """The called number chooses the config; one that names none takes the rest."""
    one = config(name="one", numbers=("+1",), max_calls=1)
    async with serve(one, config(name="any")) as (server, session):
        assert "<Connect" in await answer(server, session, {"CallSid": sid(1), "To": "+1"})
        assert await answer(server, session, {"CallSid": sid(2), "To": "+1"}) == BUSY
        assert "<Connect" in await answer(server, session, {"CallSid": sid(3), "To": "+9"})
        assert [entry.agent.config.name for entry in server.registry.entries.values()] == ["one", "any"]


async def test_the_address_may_name_the_config(serve: Serve) -> None:
    """`?agent=` is stronger than the called number, is signed for, and stays with the call to its end."""
    hebrew = config(name="תל אביב", numbers=("+1",), language="he-IL")
    async with serve(config(name="any"), hebrew, **SECURE) as (server, session):
        query = urlencode({"agent": hebrew.name})
        form = {"CallSid": sid(), "AccountSid": ACCOUNT, "To": "+9"}
        url = f"{server.url}{INCOMING}?{query}"
        async with session.post(url, data=form, headers=signed(f"{PUBLIC}{INCOMING}", form)) as response:
            assert response.status == 403
        twiml = await answer(server, session, form, signed(f"{PUBLIC}{INCOMING}?{query}", form), query)
        entry = server.registry.entries[sid()]
        assert entry.agent.config is hebrew
        server.registry.release(entry, "no_media")
        action = ElementTree.fromstring(twiml)[0].attrib["action"]
        form = {"CallSid": sid(), "AccountSid": ACCOUNT, "To": "+9"}
        url = action.replace(PUBLIC, server.url)
        async with session.post(url, data=form, headers=signed(action, form)) as response:
            assert 'language="he-IL"' in await response.text()


async def test_an_address_that_names_no_config_is_an_error_that_twilio_shows(serve: Serve, lines: list[str]) -> None:
    """It is answered with 404, so that the number's fallback is used; said once, and no call goes to somebody else."""
    async with serve(config(name="one")) as (server, session):
        for number in (1, 2):
            url = f"{server.url}{INCOMING}?agent=tow"
            async with session.post(url, data={"CallSid": sid(number)}) as response:
                assert (response.status, await response.text()) == (404, "no agent has this name")
        assert not server.registry.entries
        assert await metric(server, session, 'kav_refused_total{reason="agent"}') == 2
    assert [line for line in lines if "NO_AGENT" in line] == [
        "NO_AGENT has the name 'tow', which a call asks for; there is: one"
    ]


async def test_a_number_that_no_config_has_is_told_of(serve: Serve, lines: list[str]) -> None:
    """The first config answers it, and the log says so; numbers are compared by their digits."""
    one, two = config(name="one", numbers=("+15551",)), config(name="two", numbers=("+15552",))
    async with serve(one, two) as (server, session):
        for number, called in enumerate(("+15559", "+15559", "+1 (555) 2")):
            await answer(server, session, {"CallSid": sid(number), "To": called})
        assert [entry.agent.config.name for entry in server.registry.entries.values()] == ["one", "one", "two"]
    assert [line for line in lines if "NO_AGENT" in line] == ["NO_AGENT has the number '+15559': one answers it"]


async def test_a_draining_server_takes_no_call(serve: Serve) -> None:
    """While it drains, it says busy and is not ready, but alive; what had rung may still connect."""
    async with serve() as (server, session):
        address, _ = opened(await ring(server, session, sid()))
        server.board.draining = True
        assert await answer(server, session, {"CallSid": sid(2)}) == BUSY
        for path, status in (("/readyz", 503), ("/healthz", 200), ("/ws/twilio-media", 400)):
            async with session.get(server.url + path) as response:
                assert response.status == status
        async with session.ws_connect(address) as ws:
            assert not ws.closed


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


async def test_stream_errors_are_logged(serve: Serve, lines: list[str]) -> None:
    """Twilio's report of a stream that failed is in the log, for unknown calls too."""
    form = {"CallSid": sid(), "StreamEvent": "stream-error", "StreamError": "31920"}
    async with serve() as (server, session):
        assert (await session.post(f"{server.url}/webhook/stream_status", data=form)).status == 204
    assert "STREAM_STATUS stream-error 31920" in lines
