"""The media stream: who may open one, what it may say, and how it ends."""

from __future__ import annotations

import asyncio
import signal
import socket
import struct
import sys
import zlib
from asyncio.subprocess import PIPE
from typing import Any

import pytest
from aiohttp import ClientWSTimeout

from pipeline.processor import Processor
from pipeline.server.options import Limits
from tests.kit.bystander import bystander
from tests.kit.parrot import Startled, Stillborn, config
from tests.kit.peer import STREAM_SID, Peer, call, metric, opened, ring, sid, stream
from tests.kit.serving import Serve
from tests.kit.streams import ended, refused

DIALS = """
import asyncio, sys
from aiohttp import ClientSession
from tests.kit.peer import Peer

async def main():
    async with ClientSession() as session, session.ws_connect(sys.argv[1] + "/ws/twilio-media") as ws:
        peer = Peer(ws, sys.argv[2])
        await peer.start()
        for number in range(1, 10_000):
            await peer.talks(number)
            if number == 1:
                print("alive", flush=True)
            await asyncio.sleep(0.02)

asyncio.run(main())
"""


@pytest.mark.parametrize("path", ["/ws/twilio-media", "/ws/twilio-media/"])
async def test_both_forms_of_the_path_open(serve: Serve, path: str) -> None:
    """With and without the slash at its end, the address is a media stream."""
    async with serve() as (server, session), session.ws_connect(server.url + path) as ws:
        peer = Peer(ws, sid())
        await peer.start()
        await peer.talks()


async def test_tools_do_what_they_are_asked_only_if_the_server_says_so(serve: Serve) -> None:
    """As `serve` does for calls of Twilio; in every other verb they rehearse."""
    seen: list[bool] = []

    class Acting(Processor):
        """Notes whether its call acts."""

        def begin(self) -> None:
            seen.append(self.call.acts)

    for options in ({}, {"acts": True}):
        async with serve(config(Acting), **options) as (server, session), stream(server, session) as peer:
            await peer.start()
            await peer.talks()
    assert seen == [False, True]


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


@pytest.mark.fault("C11")
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


@pytest.mark.fault("C2")
async def test_the_stream_address_works_once(serve: Serve) -> None:
    """A stream's address is for its call alone, and only the first time."""
    async with serve() as (server, session):
        address, _ = opened(await ring(server, session, sid()))
        async with session.ws_connect(address):
            assert await refused(session, address) == 403
        assert await refused(session, f"{server.url}/ws/twilio-media/guessed") == 403
        assert await metric(server, session, 'kav_refused_total{reason="token"}') == 2


@pytest.mark.fault("C16")
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


@pytest.mark.fault("C6", "C7")
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


@pytest.mark.fault("C8")
async def test_a_stream_without_media_is_ended(serve: Serve) -> None:
    """Marks and keys do not keep a stream alive that brings no sound."""
    async with serve(limits=Limits(media=0.05)) as (server, session), stream(server, session) as peer:
        await peer.start()
        assert await peer.closed() == 1000
        await ended(server, session, "no_media")


@pytest.mark.fault("C9")
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


@pytest.mark.fault("C9")
async def test_a_peer_that_turns_deaf_is_cut_off_at_the_pace_of_speech(serve: Serve) -> None:
    """Its system takes in all that it is sent, and its own silence gives it away; its neighbour notices nothing."""
    limits = Limits(silent_reader=0.05, closing=0.05)
    async with serve(limits=limits) as (server, session), call(server, session) as peer:
        async with stream(server, session, sid(2), timeout=ClientWSTimeout(ws_close=0.05)) as deaf:
            await deaf.start()
            number, begun = 1, server.registry.loop.time()
            while server.registry.loop.time() < begun + 2.2:  # it has answered a ping
                await deaf.talks(number)
                number += 1
                await asyncio.sleep(0.02)
            assert server.registry.entries[sid(2)].cause == ""
            deaf.transport.pause_reading()
            while sid(2) in server.registry.entries:
                await deaf.speak(number)
                number += 1
                await asyncio.sleep(0.02)
        assert await metric(server, session, 'kav_calls_total{cause="peer_not_reading"}') == 1
        await peer.talks(2)


@pytest.mark.fault("C8", "C9")
async def test_a_frozen_process_at_the_other_end_is_noticed(serve: Serve) -> None:
    """A peer that is stopped holds its connection and answers nothing: its call ends, and the neighbour's goes on."""
    async with serve(limits=Limits(media=0.3, closing=0.05)) as (server, session):
        frozen = await asyncio.create_subprocess_exec(sys.executable, "-c", DIALS, server.url, sid(2), stdout=PIPE)
        assert frozen.stdout is not None
        assert await frozen.stdout.readline() == b"alive\n"
        frozen.send_signal(signal.SIGSTOP)
        async with call(server, session) as peer:
            number = 1
            while sid(2) in server.registry.entries:
                number += 1
                await peer.talks(number)
                await asyncio.sleep(0.01)
            await peer.talks(number + 1)
        frozen.kill()
        await frozen.wait()
        assert await metric(server, session, 'kav_calls_total{cause="no_media"}') == 1


@pytest.mark.fault("C22")
async def test_a_broken_frame_is_refused_with_a_line(serve: Serve, log: list[str]) -> None:
    """Before the start and in a call: the socket is closed with 1002, the line says why, the neighbour goes on."""
    async with serve() as (server, session), call(server, session) as peer:
        for started in (False, True):
            async with stream(server, session, sid(2)) as bad:
                if started:
                    await bad.start()
                    await bad.talks()
                bad.transport.write(b"\x81\x02{}")
                assert await bad.closed() == 1002
        assert await metric(server, session, 'kav_calls_total{cause="refused"}') == 1
        assert await metric(server, session, 'kav_refused_total{reason="frame"}') == 2
        await peer.talks(2)
    assert [line for line in log if line.startswith("REFUSED frame: ") and "a frame is not masked" in line]


@pytest.mark.fault("G1")
async def test_a_step_that_fails_does_not_end_the_call(serve: Serve) -> None:
    """One failure is logged and counted, and the call goes on."""
    async with serve() as (server, session), call(server, session) as peer:
        await peer.press("2")
        await peer.talks(2)
        assert await metric(server, session, "kav_faults_total") == 1


@pytest.mark.fault("G1", "G13")
async def test_a_call_whose_steps_keep_failing_is_ended_with_an_apology(serve: Serve) -> None:
    """After ten failures the call ends, and Twilio is told to apologise."""
    async with serve() as (server, session), call(server, session) as peer:
        for _ in range(10):
            await peer.press("2")
        assert await peer.closed() == 1000
        await ended(server, session, "faults")
        async with session.post(f"{server.url}/webhook/call_ended", data={"CallSid": sid()}) as response:
            assert "<Say" in await response.text()


@pytest.mark.fault("G1")
@pytest.mark.parametrize("step", [Stillborn, Startled])
async def test_a_call_that_cannot_begin_harms_no_other(
    serve: Serve, step: Any, lines: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A config whose step fails at the start loses its own calls only, and tells of each once."""
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
    assert len([line for line in lines if line.startswith("FAULT")]) == 1
    assert not [record for record in caplog.records if record.name == "aiohttp.server"]


@pytest.mark.fault("C11")
async def test_a_compressed_message_breaks_the_protocol(serve: Serve) -> None:
    """A bomb that was not agreed on is not unpacked: the socket is closed, and a call beside it loses no sound."""
    packer = zlib.compressobj(wbits=-15)
    bomb = packer.compress(bytes(30_000_000)) + packer.flush()
    async with serve() as (server, session), bystander(server, session), stream(server, session) as peer:
        await peer.start()
        await peer.talks()
        peer.transport.write(struct.pack("!BBH", 0xC1, 0x80 | 126, len(bomb)) + bytes(4) + bomb)
        assert await peer.closed() == 1002
