"""Play a test's call in virtual time."""

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
from pipeline.phone.script import EVERY, PATIENCE, Action, Dtmf, HangUp, Pcm, Wait
from pipeline.phone.virtual_line import VirtualLine, converse
from pipeline.tools.configtest.event_log import EventLog
from pipeline.tools.configtest.suite import Send, Wire

if TYPE_CHECKING:
    from loguru import Record

QUIET = 3.0  # seconds without an event after which a call is over
PRECISION = 1e-6  # seconds
LIMIT = 1800.0  # seconds that a call may take
NEAR = 2 * audio.FRAME_SECONDS  # seconds by which the agent's `heard_seconds` may be off
LOOSE = ("log", "caller")  # kinds of events that do not keep a call alive


def play(config: Config, send: Sequence[Send]) -> EventLog:
    """Play one call and return its events. Raises the errors of a step that cannot be opened and of a virtual loop."""
    return run_virtual(_play(config, send))


async def _play(config: Config, send: Sequence[Send]) -> EventLog:
    loop = asyncio.get_running_loop()
    async with Agent.open(config) as agent:
        log = EventLog(loop)
        line = _Phone(loop, log)
        sink = logger.add(lambda it: _logged(log, it.record), level="DEBUG", format="{message}")
        acting = loop.create_task(_act(line, log, send))
        acting.add_done_callback(lambda _: line.end())
        try:
            await converse(agent, line, line.frame, LIMIT, line.watch)
        finally:
            logger.remove(sink)
            acting.cancel()
        await asyncio.wait([acting])
        if not acting.cancelled():
            acting.result()
        log.length, log.underruns = log.now, len(line.playback.underruns)
        return log


class _Phone(VirtualLine):
    """A caller's line: it plays the sounds of the test's actions, and logs the agent's messages."""

    def __init__(self, loop: asyncio.AbstractEventLoop, log: EventLog) -> None:
        super().__init__(loop)
        self.log = log
        self.spoke = 0.0  # loop time at which the agent's voice began
        self.sounds: list[tuple[int, bytes]] = []  # each from a sample of the call on, as mu-law

    def send(self, data: bytes) -> None:
        message = msgspec.json.decode(data)
        self.log.add("message", message["event"], message.get("mark", {}))
        super().send(data)

    def watch(self, at: float, event: Event) -> None:
        """Log an event; a fault, too, if an interruption's `heard_seconds` is not within `NEAR` of the playback."""
        self.log.watch(at, event)
        match event.frame if isinstance(event, Passed) else None:
            case AgentSpeaking(on=True):
                self.spoke = at
            case Interrupt(heard_seconds=claimed):
                heard = sum(audio.seconds(pcm) for start, pcm in self.playback.heard(at) if start >= self.spoke - FUZZ)
                if abs(heard - claimed) > NEAR:
                    text = f"the agent takes {claimed:.2f} s of its reply for heard, the caller heard {heard:.2f} s"
                    self.log.faults.append((self.log.now, text))

    def frame(self, at: float) -> bytes:
        """Return the mu-law of 20 ms from a time on, in seconds; where sounds overlap, the newest is heard."""
        begin = round(at * audio.RATE)
        self.sounds = [it for it in self.sounds if it[0] + len(it[1]) > begin]
        made = bytearray(audio.SILENCE)
        for start, ulaw in self.sounds:
            first = max(start, begin)
            piece = ulaw[first - start : begin + audio.FRAME_SAMPLES - start]
            made[first - begin : first - begin + len(piece)] = piece
        return bytes(made)

    def do(self, action: Action) -> float:
        """Begin an action; return the seconds that it takes."""
        match action:
            case Pcm(pcm=pcm):
                self.sounds.append((round(self.log.now * audio.RATE), audio.encode(pcm)))
                return audio.seconds(pcm)
            case Wait(seconds=seconds):
                return seconds
            case Dtmf(digits=digits):
                for number, digit in enumerate(digits):
                    self.loop.call_later(number * EVERY, self.put, "dtmf", {"track": "inbound_track", "digit": digit})
                return (len(digits) - 1) * EVERY
            case Wire(data=data):
                self.carry(data)
            case HangUp():
                self.end()
        return 0.0


async def _act(line: _Phone, log: EventLog, send: Sequence[Send]) -> None:
    """Do the steps in order, then wait for `QUIET` seconds without an event."""
    seen, done_at = 0, 0.0
    for number, step in enumerate(send):
        log.missed = (number, "the call was over before")
        start = await _due(log, step, seen, done_at)
        if start is None:
            log.missed = (number, f"nothing came, in {PATIENCE:g} s, of what it waits for: {step.after}")
            return
        await asyncio.sleep(start - log.now)
        seen = len(log.events)
        log.say("caller", step.what)
        done_at = log.now + line.do(step.action)
    log.missed = None
    # A remainder below the clock's own precision would be slept for ever: the clock stays where it is.
    while (left := max(done_at, _last(log) + QUIET) - log.now) > PRECISION:  # noqa: ASYNC110 - when it was counts
        await asyncio.sleep(left)


async def _due(log: EventLog, step: Send, seen: int, done_at: float) -> float | None:
    """Return the call time of a step; None if the event that it waits for does not come within `PATIENCE`."""
    if step.after is None:
        return max(done_at, log.now) if step.at is None else max(step.at, log.now)
    try:
        async with asyncio.timeout(max(0.0, done_at - log.now) + PATIENCE):
            while (index := step.after.find(log.events, seen)) is None:
                await log.change()
    except TimeoutError:
        return None
    return max(log.events[index].at + step.by, log.now)


def _logged(log: EventLog, record: Record) -> None:
    log.log(record["message"], record["exception"].value if record["exception"] else None)


def _last(log: EventLog) -> float:
    """Return the time of the last event, `LOOSE` kinds excepted; 0 if there is none."""
    return next((it.at for it in reversed(log.events) if it.kind not in LOOSE), 0.0)
