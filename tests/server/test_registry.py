"""The registry and its watchdog, in virtual time; hanging up over REST, against a server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from pipeline.agent import Agent
from pipeline.loop.virtual import run_virtual
from pipeline.server.caller_limits import Full
from pipeline.server.entry import Entry
from pipeline.server.options import Limits
from pipeline.server.registry import Registry, Taken
from tests.kit.parrot import config
from tests.kit.peer import metric, sid
from tests.kit.serving import Serve
from tests.kit.stalled import StalledLoop

Happened = list[tuple[float, str, str]]  # when, to which call, what


class Socket:
    """A stream's socket, alive or dead, that keeps the pings."""

    def __init__(self) -> None:
        self.dead, self.pings = False, list[bytes]()

    def ping(self, data: bytes) -> None:
        self.pings.append(data)


def board(*, limits: Limits | None = None) -> tuple[Registry, Happened]:
    """A registry, and what it tells."""
    happened: Happened = []
    loop = asyncio.get_running_loop()

    def note(what: str, entry: Entry, cause: str) -> None:
        happened.append((loop.time(), entry.call_sid, f"{what} {cause}"))

    def alarm(entry: Entry, cause: str) -> None:
        note("alarm", entry, cause)

    def released(entry: Entry, cause: str) -> None:
        note("released", entry, cause)

    return Registry(loop, alarm, released, limits), happened


def agent(**server: Any) -> Agent:
    """An agent with these server settings."""
    return Agent(config(**server), (), ())


def virtually(test: Coroutine[Any, Any, None]) -> None:
    run_virtual(test)


@pytest.mark.fault("C3")
def test_a_stream_that_never_starts_frees_its_slot_after_five_seconds() -> None:
    """An answered call without a stream is alarmed at 5 s, once, with its slot free already."""

    async def scenario() -> None:
        registry, happened = board()
        registry.reserve(sid(), agent(max_calls=1))
        await registry.idle()
        assert happened == [(5.0, sid(), "released never_started"), (5.0, sid(), "alarm never_started")]
        registry.release(registry.reserve(sid(2), agent(max_calls=1)), "stop")

    virtually(scenario())


def test_a_greeting_may_delay_the_stream() -> None:
    """A call whose TwiML plays something first has more time to start."""

    async def scenario() -> None:
        registry, happened = board()
        registry.reserve(sid(), agent(), starts_within=60.0)
        await registry.idle()
        assert happened[0] == (60.0, sid(), "released never_started")

    virtually(scenario())


@pytest.mark.fault("C8")
def test_a_stream_without_media_is_alarmed_after_ten_seconds() -> None:
    """Ten seconds after the last media message, exactly, and only then, the call has to be ended."""

    async def scenario() -> None:
        registry, happened = board()
        entry = registry.mark_start(sid(), agent(), Socket())
        for _ in range(100):
            await asyncio.sleep(0.5)
            registry.touch_media(sid())
        await asyncio.sleep(60)
        assert happened == [(60.0, sid(), "alarm no_media")]
        registry.release(entry, "no_media")

    virtually(scenario())


@pytest.mark.fault("C8")
def test_a_quiet_line_whose_peer_is_there_goes_on_for_a_minute() -> None:
    """It is asked each five seconds; without an answer it is over ten seconds after the last."""

    async def scenario(answers: float) -> float:
        registry, happened = board()
        socket = Socket()
        entry = registry.mark_start(sid(), agent(), socket)
        while not happened:
            await asyncio.sleep(0.5)
            if socket.pings and asyncio.get_running_loop().time() <= answers:
                socket.pings.clear()
                entry.alive_at = asyncio.get_running_loop().time()
        registry.release(entry, "no_media")
        return happened[0][0]

    assert run_virtual(scenario(0.0)) == 10.0
    assert 27.0 <= run_virtual(scenario(20.0)) <= 30.5
    assert 69.0 <= run_virtual(scenario(600.0)) <= 70.0


def test_a_blocked_loop_ends_no_call() -> None:
    """Sound and starts that came while nothing could be read count; a call without any is ended a second later."""

    async def scenario() -> None:
        registry, happened = board()
        entry = registry.mark_start(sid(), agent(), Socket())
        registry.reserve(sid(2), agent())
        silent = registry.mark_start(sid(3), agent(), Socket())
        loop = asyncio.get_running_loop()
        assert isinstance(loop, StalledLoop)
        loop.block(30.0)
        await asyncio.sleep(0.5)  # the sockets are read
        registry.touch_media(sid())
        started = registry.mark_start(sid(2), agent(), Socket())
        await asyncio.sleep(1.0)
        assert happened == [(31.0, sid(3), "alarm no_media")]
        for each in (entry, started, silent):
            registry.release(each, "stop")

    run_virtual(scenario(), StalledLoop)


def test_a_media_message_costs_no_timer() -> None:
    """However much media comes, a call has one timer."""

    async def scenario() -> None:
        registry, _ = board()
        entry = registry.mark_start(sid(), agent(), Socket())
        timer = entry.timer
        for _ in range(1000):
            registry.touch_media(sid())
        assert entry.timer is timer
        registry.release(entry, "stop")

    virtually(scenario())


@pytest.mark.fault("I-7")
def test_a_call_has_a_longest_length() -> None:
    """At `max_call` the call has to be ended, however alive it is."""

    async def scenario() -> None:
        registry, happened = board()
        entry = registry.mark_start(sid(), agent(max_call=30.0), Socket())
        for _ in range(40):
            registry.touch_media(sid())
            await asyncio.sleep(1)
        assert happened == [(30.0, sid(), "alarm max_call")]
        registry.release(entry, "max_call")

    virtually(scenario())


@pytest.mark.fault("C6")
def test_a_slot_is_given_back_once() -> None:
    """Whoever else ends the same call does nothing, and no count goes below zero."""

    async def scenario() -> None:
        registry, happened = board()
        one = agent(max_calls=1)
        entry = registry.reserve(sid(), one)
        with pytest.raises(Full):
            registry.reserve(sid(2), one)
        assert [registry.release(entry, cause) for cause in ("stop", "lost", "no_media")] == [True, False, False]
        assert registry.cause_of(sid()) == "stop"
        assert len(happened) == 1
        second = registry.reserve(sid(2), one)
        with pytest.raises(Full):
            registry.reserve(sid(3), one)
        registry.release(second, "stop")
        await asyncio.sleep(100)
        assert len(happened) == 2

    virtually(scenario())


@pytest.mark.fault("C5")
def test_a_second_stream_replaces_only_a_dead_one() -> None:
    """A call's living stream keeps it; one whose socket is dead gives its slot to the next."""

    async def scenario() -> None:
        registry, happened = board()
        one, first, second = agent(max_calls=1), Socket(), Socket()
        old = registry.mark_start(sid(), one, first)
        with pytest.raises(Taken):
            registry.mark_start(sid(), one, second)
        first.dead = True
        new = registry.mark_start(sid(), one, second)
        assert not registry.release(old, "closed")
        assert registry.entries == {sid(): new}
        registry.release(new, "stop")
        assert [what for _, _, what in happened] == ["released lost", "released stop"]

    virtually(scenario())


@pytest.mark.fault("C2")
def test_a_stream_address_is_good_once_and_for_a_minute() -> None:
    """A token is claimed once; late, wrong or after its call it is worth nothing."""

    async def scenario() -> None:
        registry, _ = board()
        first = registry.reserve(sid(1), agent(), starts_within=100.0)
        late = registry.reserve(sid(2), agent(), starts_within=100.0)
        over = registry.reserve(sid(3), agent())
        assert registry.claim(first.token) is first
        assert registry.claim(first.token) is None
        assert registry.claim("") is None
        await asyncio.sleep(60.5)
        assert registry.claim(late.token) is None
        assert registry.claim(over.token) is None
        await registry.idle()

    virtually(scenario())


def test_states_are_counted() -> None:
    """A call that rang is RESERVED until its stream starts."""

    async def scenario() -> None:
        registry, _ = board()
        for number in range(3):
            registry.reserve(sid(number), agent())
        assert registry.states() == {"RESERVED": 3}
        await registry.idle()
        assert not registry.states()

    virtually(scenario())


@pytest.mark.fault("B12")
async def test_a_call_whose_stream_never_came_is_hung_up(serve: Serve) -> None:
    """The alarm ends the call by its sid, and the count says why."""
    ended: asyncio.Queue[str] = asyncio.Queue()
    async with serve(limits=Limits(start=0.01), end_call=ended.put) as (server, session):
        await session.post(f"{server.url}/webhook/incoming_call", data={"CallSid": sid()})
        assert await ended.get() == sid()
        assert await metric(server, session, 'kav_calls_total{cause="never_started"}') == 1
