"""The media stream: who may open one, what it may say, and how it ends."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWSTimeout, WSMsgType, WSServerHandshakeError

from pipeline.server.app import Server
from pipeline.server.options import Limits
from tests.kit.parrot import Startled, Stillborn, config
from tests.kit.peer import ACCOUNT, PUBLIC, STREAM_SID, TOKEN, Peer, call, metric, opened, ring, sid, signed, stream
from tests.kit.serving import Serve

START = {"streamSid": STREAM_SID, "callSid": sid()}


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


@pytest.mark.parametrize("path", ["/ws/twilio-media", "/ws/twilio-media/"])
async def test_both_forms_of_the_path_open(serve: Serve, path: str) -> None:
    """With and without the slash at its end, the address is a media stream."""
    async with serve() as (server, session), session.ws_connect(server.url + path) as ws:
        peer = Peer(ws, sid())
        await peer.start()
        await peer.talks()


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [((), None), (("audio.twilio.com",), "audio.twilio.com"), (("x", "audio.twilio.com"), "audio.twilio.com")],
)
async def test_the_subprotocol_is_echoed_only_if_offered(
    serve: Serve, offered: tuple[str, ...], chosen: str | None
) -> None:
    """A client that offers audio.twilio.com gets it back, and one that offers nothing gets nothing."""
    async with serve() as (server, session), stream(server, session, protocols=offered) as peer:
        assert peer.ws.protocol == chosen


async def test_no_compression_is_agreed_on(serve: Serve) -> None:
    """A client that offers to compress is not taken up on it."""
    async with serve() as (server, session), stream(server, session, compress=15) as peer:
        assert not peer.ws.compress


async def test_a_call_from_ring_to_stop(serve: Serve, lines: list[str]) -> None:
    """The webhook's stream opens, sound comes back, `stop` ends it, and the log says so in Twilio's terms."""
    async with serve() as (server, session):
        async with call(server, session) as peer:
            await peer.say("stop")
            assert await peer.closed() == 1000
        await ended(server, session, "stop")
    assert f"WS_START sid={STREAM_SID} call_sid={sid()}" in lines
    assert f"WS_DONE sid={STREAM_SID} rx=1 tx=1" in lines


async def test_the_stream_address_works_once(serve: Serve) -> None:
    """A stream's address is for its call alone, and only the first time."""
    async with serve() as (server, session):
        address, _ = opened(await ring(server, session, sid()))
        async with session.ws_connect(address):
            assert await refused(session, address) == 403
        assert await refused(session, f"{server.url}/ws/twilio-media/guessed") == 403
        assert await metric(server, session, 'kav_refused_total{reason="token"}') == 2


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


async def test_a_signed_upgrade_without_a_call_is_refused(serve: Serve) -> None:
    """With an auth token set, a stream that no webhook announced does not open, however well it is signed."""
    async with serve(public_base_url=PUBLIC, auth_token=TOKEN) as (server, session):
        for path in ("/ws/twilio-media", "/ws/twilio-media/", "/ws/twilio-media/guessed"):
            assert await refused(session, server.url + path, signed(f"wss://agent.example{path}")) == 403


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


async def test_a_socket_that_says_nothing_is_closed(serve: Serve) -> None:
    """Without a `start` in time a socket is closed with 1008, and never held more than itself."""
    async with serve(limits=Limits(start=0.05)) as (server, session), stream(server, session) as peer:
        await peer.ws.send_str('{"event":"connected","protocol":"Call","version":"1.0.0"}')
        assert not server.registry.entries
        assert await peer.closed() == 1008
        assert await metric(server, session, 'kav_refused_total{reason="no_start"}') == 1


async def test_unstarted_sockets_have_a_limit(serve: Serve) -> None:
    """The 201st socket without a `start` is refused before the upgrade, and running calls are untouched."""
    async with serve() as (server, session), call(server, session) as peer:
        waiting = [await session.ws_connect(f"{server.url}/ws/twilio-media") for _ in range(200)]
        assert await refused(session, f"{server.url}/ws/twilio-media") == 503
        await peer.talks(2)
        for ws in waiting:
            await ws.close()


async def test_media_before_start_is_counted_out(serve: Serve) -> None:
    """Fifty media messages without a `start` close the socket."""
    async with serve() as (server, session), stream(server, session) as peer:
        for number in range(50):
            await peer.speak(number)
        assert await peer.closed() == 1008
        assert await metric(server, session, 'kav_refused_total{reason="early_media"}') == 1


JUNK = [
    "",
    "x",
    "[]",
    "null",
    '"media"',
    "[" * 30_000,
    '{"event":' * 5_000,
    '{"event":"media","media":{"payload":' + "1" * 5_000 + "}}",
    '{"event":"media","media":{"payload":NaN}}',
    '{"event":"media","media":{"payload":"not base64!"}}',
    '{"event":"\\ud800"}',
    '{"event":"media"}',
    '{"event":1}',
    '{"event":"start","start":{}}',
]


@pytest.mark.parametrize("started", [False, True])
async def test_junk_closes_with_1007(serve: Serve, started: bool) -> None:
    """Twenty messages that are none of Twilio's close the stream with 1007, before `start` and after it."""
    async with serve() as (server, session), stream(server, session) as peer:
        if started:
            await peer.start()
            await peer.talks()
        for text in (JUNK * 4)[:45]:
            await peer.ws.send_str(text)
        assert await peer.closed() == 1007
        await server.registry.idle()
        assert await metric(server, session, 'kav_calls_total{cause="refused"}') == started


async def test_bytes_that_are_no_text_close_with_1007(serve: Serve) -> None:
    """Text frames that are not UTF-8 count as junk."""
    async with serve() as (server, session), stream(server, session) as peer:
        for _ in range(20):
            await peer.ws.send_frame(b'{"event":"\xff\xfe\xfd"}', WSMsgType.TEXT)
        assert await peer.closed() == 1007


async def test_binary_frames_and_unknown_events_are_ignored_and_counted(serve: Serve) -> None:
    """A few binary frames, unknown events and unknown fields do not harm a call."""
    async with serve() as (server, session), call(server, session) as peer:
        await peer.ws.send_bytes(b"\0\1")
        await peer.say("closed")
        await peer.say("mark", mark={"name": "never sent", "more": 1}, unknown=[1])
        await peer.talks(2)
        assert await metric(server, session, 'kav_refused_total{reason="binary"}') == 1
        assert await metric(server, session, 'kav_refused_total{reason="event"}') == 1


async def test_binary_frames_without_end_close_with_1003(serve: Serve) -> None:
    """The twentieth binary frame is the last."""
    async with serve() as (server, session), call(server, session) as peer:
        for _ in range(20):
            await peer.ws.send_bytes(b"\0")
        assert await peer.closed() == 1003
        await ended(server, session, "refused")


@pytest.mark.parametrize("pieces", [1, 40])
async def test_a_giant_message_closes_with_1009(serve: Serve, pieces: int) -> None:
    """More than 64 KiB are refused, in one frame or in many, and the call is over."""
    async with serve() as (server, session):
        async with call(server, session) as peer:
            size = 64 * 1024 // pieces + 1
            transport = peer.transport
            for piece in range(pieces):
                first = (0x01 if piece == 0 else 0x00) | (0x80 if piece == pieces - 1 else 0)
                header = struct.pack("!BBQ", first, 0x80 | 127, size) + bytes(4)
                transport.write(header + b"x" * size)
            assert await peer.closed() == 1009
        await ended(server, session, "refused")


async def test_a_stream_of_another_codec_is_refused(serve: Serve) -> None:
    """A media format that is not 8 kHz mu-law mono is refused with its reason, and the caller gets an apology."""
    async with serve() as (server, session):
        address, parameters = opened(await ring(server, session, sid()))
        async with session.ws_connect(address) as ws:
            peer = Peer(ws, sid(), parameters["token"])
            await peer.start(mediaFormat={"encoding": "audio/x-l16", "sampleRate": 16000, "channels": 1})
            assert await peer.closed() == 1003
        await ended(server, session, "media_format")
        async with session.post(f"{server.url}/webhook/call_ended", data={"CallSid": sid()}) as response:
            assert "<Say" in await response.text()


async def test_messages_of_another_stream_close_with_1008(serve: Serve) -> None:
    """The tenth message with another streamSid ends the call."""
    async with serve() as (server, session), call(server, session) as peer:
        for _ in range(10):
            await peer.ws.send_str(json.dumps({"event": "mark", "streamSid": "MZ" + "2" * 32, "mark": {"name": "x"}}))
        assert await peer.closed() == 1008
        await ended(server, session, "refused")


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


async def test_a_second_start_is_closed_with_1002(serve: Serve) -> None:
    """Two starts on one socket end it."""
    async with serve() as (server, session), call(server, session) as peer:
        await peer.start()
        assert await peer.closed() == 1002


async def test_a_second_stream_for_a_living_call_is_refused(serve: Serve) -> None:
    """The intruder is closed with 1008, and the call goes on."""
    async with serve() as (server, session), call(server, session) as peer, stream(server, session) as intruder:
        await intruder.start()
        assert await intruder.closed() == 1008
        await peer.talks(2)


async def test_a_call_that_no_slot_is_left_for_is_refused(serve: Serve) -> None:
    """A stream beyond the limit, that no webhook announced, is closed with 1013."""
    async with serve(config(max_calls=1)) as (server, session), call(server, session) as peer:
        async with stream(server, session, sid(2)) as late:
            await late.start()
            assert await late.closed() == 1013
        await peer.talks(2)


async def goes(peer: Peer) -> None:
    await peer.ws.close()


async def stops_and_stays(peer: Peer) -> None:
    await peer.say("stop")
    await peer.say("stop")
    assert await peer.closed() == 1000


async def vanishes(peer: Peer) -> None:
    """FIN without a word."""
    peer.transport.close()


async def resets(peer: Peer) -> None:
    """RST."""
    transport = peer.transport
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def is_hung_up_on(peer: Peer) -> None:
    await peer.press("1")
    assert await peer.closed() == 1000


@pytest.mark.parametrize(
    ("way", "causes"),
    [
        (goes, {"closed"}),
        (stops_and_stays, {"stop"}),
        (vanishes, {"lost", "closed"}),
        (resets, {"lost", "closed"}),
        (is_hung_up_on, {"goodbye"}),
    ],
)
async def test_every_ending_is_one_ending(serve: Serve, way: Any, causes: set[str], lines: list[str]) -> None:
    """However a stream ends, its call ends once, with its work cancelled and its slot back."""
    async with serve() as (server, session):
        async with call(server, session) as peer:
            await peer.press("4")
            await peer.talks(2)
            await way(peer)
            await server.registry.idle()
        counted = {cause: await metric(server, session, f'kav_calls_total{{cause="{cause}"}}') for cause in causes}
        assert sum(counted.values()) == 1
        assert sum(line.startswith("WS_DONE") for line in lines) == 1


async def test_a_stream_without_media_is_ended(serve: Serve) -> None:
    """Marks and keys do not keep a stream alive that brings no sound."""
    async with serve(limits=Limits(media=0.05)) as (server, session), stream(server, session) as peer:
        await peer.start()
        assert await peer.closed() == 1000
        await ended(server, session, "no_media")


async def test_a_peer_that_does_not_read_is_cut_off(serve: Serve) -> None:
    """A peer that leaves what it is sent unread loses its connection, and its neighbour notices nothing."""
    limits = Limits(unread=0.05, closing=0.05)
    async with serve(limits=limits) as (server, session), call(server, session) as peer:
        async with stream(server, session, sid(2), timeout=ClientWSTimeout(ws_close=0.05)) as deaf:
            await deaf.start()
            await deaf.talks()
            deaf.transport.pause_reading()
            await deaf.press("3")
            number, cut_off = 1, 0.0
            while not cut_off:  # asking in between, or the neighbour's talk would be a flood
                number += 1
                await peer.talks(number)
                cut_off = await metric(server, session, 'kav_calls_total{cause="peer_not_reading"}')
        assert cut_off == 1
        await peer.talks(number + 1)


async def test_a_flood_is_closed(serve: Serve) -> None:
    """A thousand messages at once and then no end of them: the stream is closed with 1008."""
    async with serve() as (server, session), stream(server, session) as peer:
        await peer.start()
        for _ in range(1100):
            await peer.say("mark", mark={"name": "x"})
        assert await peer.closed() == 1008
        await ended(server, session, "refused")


async def test_a_step_that_fails_does_not_end_the_call(serve: Serve) -> None:
    """One failure is logged and counted, and the call goes on."""
    async with serve() as (server, session), call(server, session) as peer:
        await peer.press("2")
        await peer.talks(2)
        assert await metric(server, session, "kav_faults_total") == 1


async def test_a_call_whose_steps_keep_failing_is_ended_with_an_apology(serve: Serve) -> None:
    """After ten failures the call ends, and Twilio is told to apologise."""
    async with serve() as (server, session), call(server, session) as peer:
        for _ in range(10):
            await peer.press("2")
        assert await peer.closed() == 1000
        await ended(server, session, "faults")
        async with session.post(f"{server.url}/webhook/call_ended", data={"CallSid": sid()}) as response:
            assert "<Say" in await response.text()


@pytest.mark.parametrize("step", [Stillborn, Startled])
async def test_a_call_that_cannot_begin_harms_no_other(serve: Serve, step: Any) -> None:
    """A config whose step fails at the start loses its own calls only."""
    broken = config(step, name="broken", numbers=("+1",))
    async with serve(config(), broken) as (server, session), call(server, session, sid(2)) as peer:
        address, parameters = opened(await ring(server, session, sid(), To="+1"))
        async with session.ws_connect(address) as ws:
            bad = Peer(ws, sid(), parameters["token"])
            await bad.start()
            await bad.say("stop")
            await bad.closed()
        await peer.talks(2)
        assert list(server.registry.entries) == [sid(2)]


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


async def test_hostile_streams_do_not_disturb_a_call(serve: Serve) -> None:
    """While every kind of junk arrives on other streams, a call hears all of its own sound."""
    async with serve() as (server, session), call(server, session) as peer:

        async def attack(number: int) -> None:
            async with stream(server, session, sid(number)) as hostile:
                if number % 2:
                    await hostile.start()
                for text in JUNK * 2:
                    await hostile.ws.send_str(text)
                await hostile.closed()

        attacks = [asyncio.create_task(attack(number)) for number in range(2, 12)]
        for number in range(2, 200):
            await peer.talks(number)
        await asyncio.gather(*attacks)
        await peer.talks(200)
