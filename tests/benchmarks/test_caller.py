"""The generator's caller against the servers that it measures, in virtual time: no time taken is none measured."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import pytest

from benchmarks.bench.plan import SILERO, spoken
from benchmarks.load.caller import Caller, Noted, Script
from benchmarks.load.messages import Sending, parse, speech
from benchmarks.peers.bare import Answering
from pipeline.agent import Agent, finish
from pipeline.call import Call
from pipeline.config import load
from pipeline.frames import WireMessage
from pipeline.loop.virtual import run_virtual
from pipeline.testing import CALL_SID, NoWire

TURNS = Script(turns=4)


class Wire(NoWire):
    """Takes what the server sends to the caller at once, or later by so much; the caller's marks go back."""

    def __init__(self, caller: Caller, delay: float = 0.0) -> None:
        super().__init__()
        self.caller, self.delay = caller, delay
        self.marks: list[Any] = []

    def send(self, data: bytes | str) -> None:
        asyncio.get_running_loop().call_later(self.delay, self.arrive, data)

    def arrive(self, data: bytes | str) -> None:
        self.marks += self.caller.hear(parse(data), asyncio.get_running_loop().time())


async def speak(caller: Caller, wire: Wire, sending: Sending, put: Callable[..., Any]) -> float:
    """The whole call; gives back how long it took."""
    loop = asyncio.get_running_loop()
    put(sending.start())
    while (payload := caller.tick(loop.time())) is not None:
        for name in (*wire.marks, *caller.buffer.due(loop.time())):
            put(sending.mark(name))
        wire.marks.clear()
        put(sending.media(payload))
        await asyncio.sleep(0.02)
    return loop.time()


def to_bare(script: Script, delay: float = 0.0) -> Noted:
    """A call to the bare loop."""

    async def call() -> Noted:
        caller = Caller(script, Noted())
        wire = Wire(caller, delay)
        answering = Answering(wire.send)
        await speak(caller, wire, Sending(1), lambda data: answering.read(data.decode()))
        answering.stop()
        assert not caller.buffer.underruns
        return caller.noted

    return run_virtual(call())


def to_kav(script: Script, config: str = "configs/bench.yaml", seed: int = 0) -> Noted:
    """A call to Kav's own chain."""

    async def call() -> Noted:
        caller = Caller(script, Noted(), seed)
        wire, loop = Wire(caller), asyncio.get_running_loop()
        async with Agent.open(load(config)) as agent:
            chain = agent.answer(Call(CALL_SID, wire, loop))
            await speak(caller, wire, Sending(1), lambda data: chain.put(WireMessage(data)))
            await finish(chain, "stop")
        assert not caller.buffer.underruns
        return caller.noted

    return run_virtual(call())


@pytest.mark.parametrize("answer", [to_bare, to_kav])
def test_windows_are_those_of_the_servers(answer: Callable[..., Any]) -> None:
    """Net of the configured silence a server that takes no time answers in none, and clears in none."""
    noted = answer(TURNS)
    assert dict(noted.counts) == {"barge_ins": 2, "replies": 4}
    assert noted.response == [0.0] * 6 and noted.barge_in == [0.0] * 2
    assert noted.lateness and max(noted.lateness) < 0.041  # Kav sends three pieces at a time


@pytest.mark.parametrize("seed", range(3))
def test_what_a_model_takes_to_know_a_voice_is_none_of_a_servers(seed: int) -> None:
    """What `vad.silero` hears begins on the grid of its windows, so that it takes as long to know it each turn."""
    if find_spec("onnxruntime") is None:
        pytest.skip("onnxruntime is not installed")
    noted = to_kav(spoken(SILERO, TURNS), "configs/bench_silero.yaml", seed)
    assert dict(noted.counts) == {"barge_ins": 2, "replies": 4}
    assert noted.response == [0.0] * 6 and noted.barge_in == pytest.approx([0.0] * 2)


def test_what_a_server_takes_is_measured() -> None:
    """A line that holds everything back by 30 ms makes each figure 30 ms."""
    noted = to_bare(TURNS, delay=0.03)
    assert noted.response == pytest.approx([0.03] * 6) and noted.barge_in == pytest.approx([0.03] * 2)


def test_other_windows_are_noticed() -> None:
    """A server that is quicker than it was said to be is counted, not measured."""
    noted = to_bare(Script(turns=2, stop=0.4, start=0.5))
    assert noted.counts["early_responses"] == 3 and noted.counts["early_clears"] == 1
    assert not noted.response and not noted.barge_in


def test_no_answer_ends() -> None:
    """Without a reply the caller goes on after a while, and says so."""

    async def call() -> Noted:
        caller = Caller(Script(turns=2), Noted())
        assert 20 < await speak(caller, Wire(caller), Sending(1), lambda data: None) < 30
        return caller.noted

    assert dict(run_virtual(call()).counts) == {"no_response": 2}


def test_a_reply_that_breaks_off_ends() -> None:
    """One that is shorter than it should be is over after a gap, and an interruption without a clear is counted."""

    async def call() -> Noted:
        caller = Caller(Script(turns=2), Noted())
        wire, heard = Wire(caller), []
        media = b'{"event":"media","media":{"payload":"%b"}}' % speech(0.02)[0]

        def put(data: bytes) -> None:
            heard.append(data)
            if len(heard) % 150 == 0:
                wire.send(media)

        await speak(caller, wire, Sending(1), put)
        return caller.noted

    counts = run_virtual(call()).counts
    assert counts["short_replies"] >= 1 and counts["no_clear"] == 1
