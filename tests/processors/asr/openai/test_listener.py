"""Sessions that break, hang, are refused or grow old, and what becomes of the turns."""

from __future__ import annotations

import asyncio

import pytest

from pipeline.standins.openai import Fault
from pipeline.testing import voice
from tests.kit.alone import alone
from tests.kit.openai_caller import HEARD, KEY, calling, ended, script, sent

CODES = ["invalid_api_key", "insufficient_quota", "model_not_found"]


@pytest.mark.fault("D6")
@alone
async def test_a_connection_that_breaks_loses_no_word() -> None:
    """The turn is sent to a second session from its beginning."""
    async with calling(script(Fault(cut=4))) as (server, caller):
        caller.say()
        assert await caller.text() == HEARD[1]  # the first text went with the first session
        assert len(server.sessions) == 2 and caller.reopened() == ["broken"] and caller.call.faults == 0


@alone
async def test_a_session_that_breaks_while_the_caller_speaks() -> None:
    """What was said before it broke is sent again, too."""
    async with calling(script(Fault(cut=4))) as (server, caller):
        await caller.live(voice(1.0))
        caller.end()
        assert await caller.text() == HEARD[1]
        assert len(server.sessions[1].sound) == len(caller.pcm) // 2


@pytest.mark.fault("D6")
@pytest.mark.parametrize("code", CODES)
@alone
async def test_what_will_not_change_is_not_tried_again(code: str, log: list[str]) -> None:
    """The turn fails at once, with the server's words and without the key."""
    refusing = script(Fault(code=code), Fault(code=code), Fault(code=code))
    async with calling(refusing) as (server, caller):
        caller.say()
        assert await caller.text() == "" and caller.call.faults == 1
        assert len(server.sessions) <= 2
    assert any(code in line for line in log) and not any(KEY in line for line in log)


@alone
async def test_the_next_turn_tries_a_refused_key_again() -> None:
    """A key may have been renewed, or credit bought, while the call went on."""
    refused = Fault(code="insufficient_quota")
    async with calling(script(refused)) as (server, caller):
        await ended(server)
        caller.say()
        assert await caller.text() == HEARD[0]


@pytest.mark.fault("D5")
@alone
async def test_a_server_that_is_full_is_left_alone_as_long_as_it_asks() -> None:
    """By all calls; a turn that would come too late fails at once, so that a fallback may hear it."""
    full = Fault(status=429, retry_after="30")
    async with calling(script(full)) as (server, caller):
        await ended(server)
        caller.say()
        assert await caller.text() == "" and len(server.requests) == 1
        assert caller.step.shared.ready_at - caller.step.now > 20


@alone
async def test_a_server_that_is_full_for_a_moment() -> None:
    """The turn waits for it."""
    async with calling(script(Fault(status=429, retry_after="0.2"))) as (server, caller):
        caller.say()
        assert await caller.text() == HEARD[0] and len(server.requests) == 2


@pytest.mark.fault("D1")
@alone
async def test_a_server_that_hangs_while_it_opens() -> None:
    """After the limit another session is tried; the turn's own limit ends that."""
    hangs = Fault(hang="first")
    async with calling(script(hangs, hangs, hangs), timeout=0.5, connect_timeout=0.1) as (_, caller):
        caller.say()
        assert await caller.text() == "" and caller.call.faults == 1


@pytest.mark.fault("D2")
@alone
async def test_a_session_that_stops_answering_is_replaced() -> None:
    """A turn that it does not acknowledge in half the time limit is sent to another."""
    async with calling(script(Fault(hang="between", after=0)), timeout=0.8) as (server, caller):
        caller.say(voice(0.2))
        assert await caller.text() == HEARD[1]
        assert caller.reopened() == ["stall"] and len(server.sessions) == 2


@alone
async def test_a_turn_that_cannot_be_transcribed() -> None:
    """Its words so far have to do; the session goes on."""
    async with calling(script(Fault(failed="server_error"))) as (server, caller):
        await caller.live(voice(0.6))
        caller.end()
        assert await caller.text() == HEARD[0]
        assert len(server.sessions) == 1


@alone
async def test_a_turn_that_cannot_be_transcribed_and_has_no_words() -> None:
    """It fails, and a fallback may hear it."""
    async with calling(script(Fault(failed="server_error")), model="gpt-transcribe") as (_, caller):
        caller.say()
        assert await caller.text() == "" and caller.call.faults == 1


@alone
async def test_an_error_that_a_session_survives(log: list[str]) -> None:
    """It is warned of once a minute, and the words come all the same."""
    async with calling(script(Fault(error="rate_limit_exceeded"))) as (server, caller):
        for words in HEARD:
            caller.say()
            assert await caller.text() == words
        assert len(server.sessions) == 1
    assert len([line for line in log if "the session goes on" in line]) == 1


@alone
async def test_a_session_that_has_grown_old_is_replaced_between_turns() -> None:
    """OpenAI ends it after an hour, in the middle of a word."""
    async with calling(rotate_after=0.0) as (server, caller):
        for words in HEARD:
            caller.say()
            assert await caller.text() == words
        assert caller.reopened()[0] == "age" and len(server.sessions) >= 2


@alone
async def test_an_idle_session_that_breaks_soon_is_not_opened_over_and_over() -> None:
    """The next turn opens one; a server that closes each at once is not asked all the while."""
    async with calling(script(always=Fault(code="server_error"))) as (server, _):
        await ended(server)
        await asyncio.sleep(0)
        assert len(server.requests) == 1


@alone
async def test_sessions_that_break_over_and_over() -> None:
    """Four at most for a turn, then it fails."""
    async with calling(script(always=Fault(cut=0))) as (server, caller):
        caller.say()
        assert await caller.text() == "" and len(server.requests) <= 5
        assert sent(server) == ["session.update"]


@alone
async def test_a_session_that_breaks_with_the_turn_half_said_again() -> None:
    """The first session's words stand until the next one has more: none is lost when that one fails as well."""
    broken = (Fault(cut=12), Fault(cut=3), Fault(cut=0), Fault(cut=0), Fault(cut=0))
    async with calling(script(*broken, heard=("one two three four",))) as (_, caller):
        await caller.live(voice(0.6))
        most = max((it.text for it in caller.catch.interim), key=len)
        caller.end()
        assert most.startswith("one two")
        assert (await caller.text()).startswith(most)
