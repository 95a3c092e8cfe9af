"""Replay one recorded call with a config: in virtual time, or live with the config's own providers."""

from __future__ import annotations

import asyncio
import math
from asyncio import AbstractEventLoop

import msgspec

from pipeline import events
from pipeline.agent import Agent, finish
from pipeline.call import Call
from pipeline.config import Config
from pipeline.log.setup import messages
from pipeline.loop.virtual import run_virtual
from pipeline.records.files import from_record, kept
from pipeline.records.reader import Event, Message, Recording
from pipeline.tools.replay.clock import ReplayLoop, Tape
from pipeline.tools.replay.event_kinds import is_interim
from pipeline.tools.replay.line import RecordedLine
from pipeline.tools.replay.provider_recording import Guess, ProviderRecording
from pipeline.tools.replay.providers import with_recorded_providers
from pipeline.tools.replay.recorded_tools import with_recorded_tools
from pipeline.vocabulary import Cause


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """A replayed call; times in seconds from its start.

    `astray` is the first event that differs from the recording; `guesses` are the answers that it does not have.
    """

    events: list[Event]
    sent: list[Message]
    log: list[str]  # messages, INFO and above
    astray: Event | None
    guesses: list[Guess]
    live: bool = False  # its providers were asked

    @property
    def same(self) -> bool:
        """True if all events of the chain are as recorded, in the same order; never of a live replay."""
        return self.astray is None and not self.live


def replay(recording: Recording, config: Config, providers: ProviderRecording | None = None) -> Replayed:
    """Replay a call with a config in virtual time, its providers giving their recorded answers."""
    return run_virtual(_replay(recording, config, providers or ProviderRecording(recording)), ReplayLoop)


async def _replay(recording: Recording, config: Config, providers: ProviderRecording) -> Replayed:
    steps = tuple(with_recorded_providers(config.steps, providers))
    config = msgspec.structs.replace(with_recorded_tools(config, providers), steps=steps)
    loop = asyncio.get_running_loop()
    assert isinstance(loop, ReplayLoop)
    with messages("INFO") as log:
        async with Agent.open(config) as agent:
            played = _Player(recording, agent, loop, providers)
            loop.tape = played.tape
            await played.end()
    tape = played.tape
    return Replayed(events=played.events, sent=played.sent, log=log, astray=tape.missed(), guesses=providers.guesses)


async def live(recording: Recording, config: Config) -> Replayed:
    """Replay a call with a config and its own providers, in real time."""
    with messages("INFO") as log:
        async with Agent.open(config) as agent:
            played = _Player(recording, agent, asyncio.get_running_loop(), None)
            played.line.go_alone()
            await played.feed()
            await played.end()
    return Replayed(events=played.events, sent=played.sent, log=log, astray=None, guesses=[], live=True)


class _Player:
    """A call on a line that plays a recording. `providers` has the providers' answers; None if they are asked again."""

    def __init__(
        self, recording: Recording, agent: Agent, loop: AbstractEventLoop, providers: ProviderRecording | None
    ) -> None:
        about, config = recording.about, agent.config
        self.recording, self.loop, self.providers = recording, loop, providers
        self.events: list[Event] = []
        self.sent: list[Message] = []
        self.reason = ""  # for the end of the stream, as `finish` takes it
        self.tape = Tape(recording, loop.time(), self.take)
        self.line = RecordedLine(loop, recording, self.sending)
        self.call = Call(
            about.call_sid,
            self.line,
            loop,
            language=config.language,
            caller=about.caller,
            called=about.called,
            config=config.name,
            log_words=config.log_words,
            redact=config.redact,
            acts=providers is not None,  # its tools give their recorded answers, and nothing is done
            watchers=(self.watch,),
        )
        self.line.chain = self.chain = agent.answer(self.call)

    async def feed(self) -> None:
        """Deliver all input at its moment, on a loop of real time."""
        self.tape.is_astray = True  # real providers answer at other moments, so none of the recorded ones apply
        while self.tape.due < math.inf:
            await asyncio.sleep(max(0.0, self.tape.due - self.loop.time()))
            self.tape.enter()

    async def end(self) -> None:
        """Wait for the end of the call, finish it and log it as the server does."""
        await self.line.over
        self.line.closing = True
        await finish(self.chain, self.reason)
        self.watch(self.loop.time(), events.RecordEnded(self.call.cause, 0, cut=False))
        log = self.call.log
        log.info("WS_DONE sid={} rx={} tx={}", self.call.stream_sid, self.call.rx, self.call.tx)
        seconds = self.loop.time() - self.call.started
        log.info("CALL_ENDED cause={} seconds={:.1f} faults={}", self.call.cause, seconds, self.call.faults)

    def take(self, came: bytes | Event | None) -> None:
        """Take one input of the tape: None ends the call.

        A recorded mark is delivered only until the call goes astray; from then on the line returns marks itself.
        """
        if came is None:
            self.stop(*self.recording.ending)
        elif self.line.closing:  # by the agent, earlier than in the recording
            self.stop(Cause.CLOSED, "")
        elif isinstance(came, Event):
            self.give(came)
        elif not self.line.came(came) or not self.tape.is_astray:
            self.line.carry(came)

    def give(self, came: Event) -> None:
        """Deliver a provider's interim words or its news; nothing if the providers are asked again."""
        if self.providers is None:
            return
        if is_interim(came):
            self.chain.enter(self.providers.tell, came)
        else:
            self.call.tell(from_record(came.what, came.content))

    def stop(self, reason: str, cause: str) -> None:
        """End the stream and the input."""
        self.tape.stop()
        self.call.note_cause(Cause.REFUSED if self.line.rejected else cause)
        self.reason = reason
        self.line.end()

    def watch(self, now: float, told: events.Event) -> None:
        """Keep an event and compare it with the recording; once the call is astray, the line returns marks itself."""
        content = kept(told)
        event = Event(self._at(now), self._number, content.pop("what"), content)
        self.events.append(event)
        self.tape.happened(event)
        self.follow()
        if self.tape.is_astray:
            self.line.go_alone()

    def sending(self, data: bytes) -> None:
        """Keep a message of the agent."""
        self.sent.append(Message(self._at(self.loop.time()), self._number, data))
        self.tape.sent()
        self.follow()

    def follow(self) -> None:
        """Let the input in that was recorded behind what has happened."""
        if isinstance(self.loop, ReplayLoop):
            self.loop.follow()

    def _at(self, now: float) -> float:
        return round(now - self.call.started, 9)

    @property
    def _number(self) -> int:
        return len(self.events) + len(self.sent)
