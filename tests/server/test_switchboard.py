"""Calls that are let in, turned away or let go."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.kit.parrot import config
from tests.kit.peer import (
    BUSY,
    answer,
    call,
    opened,
    ring,
    sid,
)
from tests.kit.records import kept, only_folder
from tests.kit.serving import Serve


@pytest.mark.fault("B2", "B3")
async def test_a_repeated_webhook_gets_the_same_answer(serve: Serve) -> None:
    """Fifty at the same moment and one later are one call: the same TwiML, one slot."""
    async with serve() as (server, session):
        form = {"CallSid": sid()}
        answers = await asyncio.gather(*(answer(server, session, form) for _ in range(50)))
        answers.append(await answer(server, session, form))
        assert len(set(answers)) == 1
        assert len(server.registry.entries) == 1


@pytest.mark.fault("B2")
async def test_a_webhook_of_an_ended_call_is_rejected(serve: Serve) -> None:
    """Once a call is over, its webhook opens nothing any more."""
    async with serve() as (server, session):
        async with call(server, session) as peer:
            await peer.say("stop")
            await peer.closed()
        await server.registry.idle()
        assert "<Reject" in await answer(server, session, {"CallSid": sid()})
        assert not server.registry.entries


@pytest.mark.fault("B10")
async def test_a_full_server_says_busy_at_once(serve: Serve) -> None:
    """With two slots, the third call and all after it are turned away; a slot that comes back is given again."""
    async with serve(config(max_calls=2)) as (server, session):
        answers = [await answer(server, session, {"CallSid": sid(number)}) for number in range(5)]
        assert answers[2:] == [BUSY] * 3
        server.registry.release(server.registry.entries[sid(0)], "lost")
        assert "<Connect" in await answer(server, session, {"CallSid": sid(5)})


@pytest.mark.fault("B10", "G9")
async def test_a_draining_server_takes_no_call(serve: Serve) -> None:
    """While it drains, it says busy and is not ready, but alive; what had rung may still connect."""
    async with serve() as (server, session):
        address, _ = opened(await ring(server, session, sid()))
        server.board.draining = True
        assert await answer(server, session, {"CallSid": sid(2)}) == BUSY
        here, admin = server.url, server.admin_url
        for url, status in ((f"{admin}/readyz", 503), (f"{admin}/healthz", 200), (f"{here}/ws/twilio-media", 400)):
            async with session.get(url) as response:
                assert response.status == status
        async with session.ws_connect(address) as ws:
            assert not ws.closed


@pytest.mark.fault("B3")
async def test_a_webhook_that_comes_twice_is_one_record(serve: Serve, tmp_path: Path) -> None:
    """At once, and while the call goes on: its record has one beginning and one end."""
    async with serve(config(folder=tmp_path)) as (server, session):
        await asyncio.gather(*(answer(server, session, {"CallSid": sid()}) for _ in range(2)))
        async with call(server, session) as peer:
            await answer(server, session, {"CallSid": sid()})
            await peer.say("stop")
            await peer.closed()
    told = [event["what"] for event in kept(only_folder(tmp_path), "events.jsonl")]
    assert told.count("CallStarted") == told.count("ended") == 1
