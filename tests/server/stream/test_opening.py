"""What opens a stream, and what is refused before it has a call."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from pipeline.server.options import Limits
from tests.kit.outside import memory, outside
from tests.kit.parrot import config
from tests.kit.peer import ACCOUNT, PUBLIC, STREAM_SID, TOKEN, Peer, call, metric, opened, ring, sid, signed, stream
from tests.kit.serving import Serve
from tests.kit.streams import refused

START = {"streamSid": STREAM_SID, "callSid": sid()}


@pytest.mark.fault("C1")
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("wss://agent.example{path}", 101),
        ("wss://agent.example:443{path}", 101),
        ("wss://agent.example{path}/", 101),
        ("wss://agent.example:443{path}/", 101),
        ("https://agent.example{path}", 403),
        ("wss://other.example{path}", 403),
        ("wss://agent.example/ws/twilio-media", 403),
        ("", 403),
    ],
)
async def test_an_upgrade_needs_a_signature_over_its_wss_address(serve: Serve, address: str, status: int) -> None:
    """What is not signed over the public wss address is refused with 403 before the upgrade, and opens nothing."""
    async with serve(public_base_url=PUBLIC, auth_token=TOKEN) as (server, session):
        form = {"CallSid": sid()}
        url = f"{server.url}/webhook/incoming_call"
        entry = server.registry.reserve(sid(), server.board.agent_for(""))
        async with session.post(url, data=form, headers=signed(f"{PUBLIC}/webhook/incoming_call", form)) as response:
            assert response.status == 200
        path = f"/ws/twilio-media/{entry.token}"
        headers = signed(address.format(path=path)) if address else {}
        if status == 403:
            assert await refused(session, server.url + path, headers) == 403
        else:
            async with session.ws_connect(server.url + path, headers=headers) as ws:
                peer = Peer(ws, sid(), entry.secret)
                await peer.start()
                await peer.talks()


@pytest.mark.fault("C1")
async def test_a_signed_upgrade_without_a_call_is_refused(serve: Serve) -> None:
    """With an auth token set, a stream that no webhook announced does not open, however well it is signed."""
    async with serve(public_base_url=PUBLIC, auth_token=TOKEN) as (server, session):
        for path in ("/ws/twilio-media", "/ws/twilio-media/", "/ws/twilio-media/guessed"):
            assert await refused(session, server.url + path, signed(f"wss://agent.example{path}")) == 403


@pytest.mark.fault("C1", "C2")
async def test_a_start_needs_the_secret_of_its_call(serve: Serve) -> None:
    """A stream that says the wrong parameter, or another call, is closed, and has no call."""
    async with serve() as (server, session):
        wrongs: list[dict[str, Any]] = [{"customParameters": {}}, {"callSid": sid(9)}]
        for number, wrong in enumerate(wrongs):
            address, parameters = opened(await ring(server, session, sid(number)))
            async with session.ws_connect(address) as ws:
                peer = Peer(ws, sid(number), parameters["token"])
                await peer.start(**wrong)
                assert await peer.closed() == 1008
        assert await metric(server, session, 'kav_refused_total{reason="secret"}') == 2
        assert {entry.state for entry in server.registry.entries.values()} == {"RESERVED"}


@pytest.mark.fault("C3")
async def test_a_socket_that_says_nothing_is_closed(serve: Serve) -> None:
    """Without a `start` in time a socket is closed with 1008, and never held more than itself."""
    async with serve(limits=Limits(start=0.05)) as (server, session), stream(server, session) as peer:
        await peer.ws.send_str('{"event":"connected","protocol":"Call","version":"1.0.0"}')
        assert not server.registry.entries
        assert await peer.closed() == 1008
        assert await metric(server, session, 'kav_refused_total{reason="no_start"}') == 1


@pytest.mark.fault("C3")
async def test_unstarted_sockets_have_a_limit(serve: Serve) -> None:
    """The 201st socket without a `start` is refused before the upgrade, and running calls are untouched."""
    async with serve() as (server, session), call(server, session) as peer:
        waiting = [await session.ws_connect(f"{server.url}/ws/twilio-media") for _ in range(200)]
        assert await refused(session, f"{server.url}/ws/twilio-media") == 503
        await peer.talks(2)
        for ws in waiting:
            await ws.close()


@pytest.mark.fault("C4")
async def test_media_before_start_is_counted_out(serve: Serve) -> None:
    """Fifty media messages without a `start` close the socket."""
    async with serve() as (server, session), stream(server, session) as peer:
        for number in range(50):
            await peer.speak(number)
        assert await peer.closed() == 1008
        assert await metric(server, session, 'kav_refused_total{reason="early_media"}') == 1


@pytest.mark.fault("I-9")
@pytest.mark.parametrize(
    "start",
    [
        {"callSid": ""},
        {"callSid": "../../x"},
        {"callSid": "CA1"},
        {"streamSid": "MZ1"},
        {"accountSid": "AC" + "b" * 32},
    ],
)
async def test_a_start_without_a_true_name_is_refused(serve: Serve, start: dict[str, Any]) -> None:
    """A `start` whose CallSid, StreamSid or account is not right is closed with 1008."""
    async with serve(account_sid=ACCOUNT) as (server, session), stream(server, session) as peer:
        await peer.say("start", start={"accountSid": ACCOUNT, **START, **start})
        assert await peer.closed() == 1008
        assert not server.registry.entries


async def test_the_call_sid_may_come_as_a_parameter(serve: Serve) -> None:
    """Where `start.callSid` is missing, the TwiML's parameter says which call it is."""
    async with serve() as (server, session), stream(server, session) as peer:
        await peer.start(callSid="")
        await peer.talks()
        assert list(server.registry.entries) == [sid()]


@pytest.mark.fault("C5")
async def test_a_second_stream_for_a_living_call_is_refused(serve: Serve) -> None:
    """The intruder is closed with 1008, and the call goes on."""
    async with serve() as (server, session), call(server, session) as peer, stream(server, session) as intruder:
        await intruder.start()
        assert await intruder.closed() == 1008
        await peer.talks(2)


@pytest.mark.fault("B10")
async def test_a_call_that_no_slot_is_left_for_is_refused(serve: Serve) -> None:
    """A stream beyond the limit, that no webhook announced, is closed with 1013."""
    async with serve(config(max_calls=1)) as (server, session), call(server, session) as peer:
        async with stream(server, session, sid(2)) as late:
            await late.start()
            assert await late.closed() == 1013
        await peer.talks(2)


async def test_a_stream_without_a_webhook_may_name_its_config(serve: Serve) -> None:
    """By a parameter of its TwiML; a name that no config has is refused."""
    async with serve(config(), config(name="two", numbers=("+1",))) as (server, session):
        async with stream(server, session) as peer:
            await peer.start(customParameters={"agent": "two"})
            await peer.talks()
            assert server.registry.entries[sid()].agent.config.name == "two"
        async with stream(server, session, sid(2)) as peer:
            await peer.start(customParameters={"agent": "three"})
            assert await peer.closed() == 1008


@pytest.mark.fault("C3")
async def test_a_socket_without_a_start_costs_little(tmp_path: Path) -> None:
    """90 of them have no chain, no record and no slot: less than 50 kB each."""
    async with outside(tmp_path) as (server, session), AsyncExitStack() as stack, stream(server, session) as peer:
        await peer.start()
        await peer.talks()
        before = memory(server.process.pid)
        for number in range(90):
            await stack.enter_async_context(stream(server, session, sid(number + 2)))
        assert memory(server.process.pid) - before < 90 * 50e3
        assert await metric(server, session, 'kav_calls{state="RESERVED"}') == 0
        await peer.talks(2)
