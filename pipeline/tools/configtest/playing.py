"""A test's call, played in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from loguru import logger

from pipeline import audio
from pipeline.agent import Agent
from pipeline.audio import FUZZ
from pipeline.config import Config
from pipeline.events import Event, Passed
from pipeline.frames import AgentSpeaking, Interrupt
from pipeline.loop.virtual import run_virtual
from pipeline.phone.script import PATIENCE, Action, Dtmf, HangUp, Pcm, Wait
from pipeline.phone.virtual_line import VirtualLine, converse
from pipeline.tools.configtest.suite import Send, Wire
from pipeline.tools.configtest.trace import Trace

if TYPE_CHECKING:
    from loguru import Record

QUIET = 3.0  # seconds in which nothing happens, after which a call is over
LIMIT = 1800.0  # seconds that a call may take
NEAR = 2 * audio.FRAME_SECONDS  # how well an agent has to know what was heard
LOOSE = ("log", "caller")  # kinds of events that do not keep a call alive


def play(config: Config, send: Sequence[Send]) -> Trace:
    """What happens in one call; raises what a step raises that cannot be opened, and what a virtual loop raises."""
    return run_virtual(_play(config, send))


async def _play(config: Config, send: Sequence[Send]) -> Trace:
    loop = asyncio.get_running_loop()
    async with Agent.open(config) as agent:
        trace = Trace(loop)
        line = _Phone(loop, trace)
        sink = logger.add(lambda it: _logged(trace, it.record), level="DEBUG", format="{message}")
        acting = loop.create_task(_act(line, trace, send))
        acting.add_done_callback(lambda _: line.end())
        try:
            await converse(agent, line, line.frame, LIMIT, line.watch)
        finally:
            logger.remove(sink)
            acting.cancel()
        await asyncio.wait([acting])
        if not acting.cancelled():
            acting.result()
        trace.length, trace.underruns = trace.now, len(line.playback.underruns)
        return trace


class _Phone(VirtualLine):
    """A caller's telephone: it makes the sounds that it is given at their times, and notes what comes."""

    def __init__(self, loop: asyncio.AbstractEventLoop, trace: Trace) -> None:
        super().__init__(loop)
        self.trace = trace
        self.spoke = 0.0  # loop time at which the agent's voice began
        self.sounds: list[tuple[int, bytes]] = []  # each from a sample of the call on, as mu-law

    def send(self, data: bytes) -> None:
        message = msgspec.json.decode(data)
        self.trace.add("message", message["event"], message.get("mark", {}))
        super().send(data)

    def watch(self, at: float, event: Event) -> None:
        """The call's watcher, which does not take the agent's word for what the caller heard of it."""
        self.trace.watch(at, event)
        match event.frame if isinstance(event, Passed) else None:
            case AgentSpeaking(on=True):
                self.spoke = at
            case Interrupt(heard_seconds=claimed):
                heard = sum(audio.seconds(pcm) for start, pcm in self.playback.heard(at) if start >= self.spoke - FUZZ)
                if abs(heard - claimed) > NEAR:
                    text = f"the agent takes {claimed:.2f} s of its reply for heard, the caller heard {heard:.2f} s"
                    self.trace.faults.append((self.trace.now, text))

    def frame(self, at: float) -> bytes:
        """The 20 ms from a time on; the newest sound is the one that is heard."""
        begin = round(at * audio.RATE)
        self.sounds = [it for it in self.sounds if it[0] + len(it[1]) > begin]
        made = bytearray(audio.SILENCE)
        for start, ulaw in self.sounds:
            first = max(start, begin)
            piece = ulaw[first - start : begin + audio.FRAME_SAMPLES - start]
            made[first - begin : first - begin + len(piece)] = piece
        return bytes(made)

    def do(self, action: Action) -> float:
        """Begin to do something; returns how long it takes, seconds."""
        match action:
            case Pcm(pcm=pcm):
                self.sounds.append((round(self.trace.now * audio.RATE), audio.encode(pcm)))
                return audio.seconds(pcm)
            case Wait(seconds=seconds):
                return seconds
            case Dtmf(digit=digit):
                self.put("dtmf", {"track": "inbound_track", "digit": digit})
            case Wire(data=data):
                self.carry(data)
            case HangUp():
                self.end()
        return 0.0


async def _act(line: _Phone, trace: Trace, send: Sequence[Send]) -> None:
    """Do one step after the other, then wait until nothing happens any more."""
    seen, done_at = 0, 0.0
    for number, step in enumerate(send):
        trace.missed = (number, "the call was over before")
        start = await _due(trace, step, seen, done_at)
        if start is None:
            trace.missed = (number, f"nothing came, in {PATIENCE:g} s, of what it waits for: {step.after}")
            return
        await asyncio.sleep(start - trace.now)
        seen = len(trace.events)
        trace.say("caller", step.what)
        done_at = trace.now + line.do(step.action)
    trace.missed = None
    while trace.now < (until := max(done_at, _last(trace) + QUIET)):  # noqa: ASYNC110 - when it was counts, not that it was
        await asyncio.sleep(until - trace.now)


async def _due(trace: Trace, step: Send, seen: int, done_at: float) -> float | None:
    """When a step is to be done; None if the event that it waits for does not come."""
    if step.after is None:
        return max(done_at, trace.now) if step.at is None else max(step.at, trace.now)
    try:
        async with asyncio.timeout(max(0.0, done_at - trace.now) + PATIENCE):
            while (index := step.after.find(trace.events, seen)) is None:
                await trace.change()
    except TimeoutError:
        return None
    return max(trace.events[index].at + step.by, trace.now)


def _logged(trace: Trace, record: Record) -> None:
    trace.log(record["message"], record["exception"].value if record["exception"] else None)


def _last(trace: Trace) -> float:
    """When something last happened, but for the caller's own doing."""
    return next((it.at for it in reversed(trace.events) if it.kind not in LOOSE), 0.0)
