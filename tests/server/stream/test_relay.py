"""Messages of a living call, good and hostile."""

from __future__ import annotations

import asyncio
import base64
import json
import struct
from pathlib import Path

import pytest
from aiohttp import WSMsgType

from tests.kit.outside import memory, outside
from tests.kit.peer import SOUND, call, metric, sid, stream
from tests.kit.serving import Serve
from tests.kit.streams import ended

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


@pytest.mark.fault("C12")
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


@pytest.mark.fault("C13")
async def test_bytes_that_are_no_text_close_with_1007(serve: Serve) -> None:
    """Text frames that are not UTF-8 count as junk."""
    async with serve() as (server, session), stream(server, session) as peer:
        for _ in range(20):
            await peer.ws.send_frame(b'{"event":"\xff\xfe\xfd"}', WSMsgType.TEXT)
        assert await peer.closed() == 1007


@pytest.mark.fault("C14")
async def test_binary_frames_and_unknown_events_are_ignored_and_counted(serve: Serve) -> None:
    """A few binary frames, unknown events and unknown fields do not harm a call."""
    async with serve() as (server, session), call(server, session) as peer:
        await peer.ws.send_bytes(b"\0\1")
        await peer.say("closed")
        await peer.say("mark", mark={"name": "never sent", "more": 1}, unknown=[1])
        await peer.talks(2)
        assert await metric(server, session, 'kav_refused_total{reason="binary"}') == 1
        assert await metric(server, session, 'kav_refused_total{reason="event"}') == 1


@pytest.mark.fault("C14")
async def test_binary_frames_without_end_close_with_1003(serve: Serve) -> None:
    """The twentieth binary frame is the last."""
    async with serve() as (server, session), call(server, session) as peer:
        for _ in range(20):
            await peer.ws.send_bytes(b"\0")
        assert await peer.closed() == 1003
        await ended(server, session, "refused")


@pytest.mark.fault("C10")
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


@pytest.mark.fault("C17")
async def test_messages_of_another_stream_close_with_1008(serve: Serve) -> None:
    """The tenth message with another streamSid ends the call."""
    async with serve() as (server, session), call(server, session) as peer:
        for _ in range(10):
            await peer.ws.send_str(json.dumps({"event": "mark", "streamSid": "MZ" + "2" * 32, "mark": {"name": "x"}}))
        assert await peer.closed() == 1008
        await ended(server, session, "refused")


@pytest.mark.fault("C5")
async def test_a_second_start_is_closed_with_1002(serve: Serve) -> None:
    """Two starts on one socket end it."""
    async with serve() as (server, session), call(server, session) as peer:
        await peer.start()
        assert await peer.closed() == 1002


@pytest.mark.fault("C19")
async def test_a_flood_is_closed(serve: Serve) -> None:
    """A thousand messages at once and then no end of them: the stream is closed with 1008."""
    async with serve() as (server, session), stream(server, session) as peer:
        await peer.start()
        for _ in range(1100):
            await peer.say("mark", mark={"name": "x"})
        assert await peer.closed() == 1008
        await ended(server, session, "refused")


@pytest.mark.fault("C12")
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


@pytest.mark.fault("C19")
async def test_messages_of_seconds_of_sound_are_heard_and_not_kept(tmp_path: Path) -> None:
    """Two minutes of it at once, four seconds a message: all comes back in order, and nothing grows."""
    async with outside(tmp_path) as (server, session), stream(server, session) as peer:
        await peer.start()
        before = memory(server.process.pid)
        for number in range(30):
            await peer.speak(number + 1, SOUND * 200)
            for _ in range(200):
                assert base64.b64decode((await peer.hears())["media"]["payload"]) == SOUND
        assert memory(server.process.pid) - before < 10e6
