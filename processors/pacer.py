"""Sends the agent's voice at the pace of the line, and knows what the caller has heard of it."""

from __future__ import annotations

from asyncio import TimerHandle
from collections import deque
from dataclasses import dataclass, field
from typing import Annotated, Any

from msgspec import Meta

from pipeline import audio
from pipeline.call import LISTENING, SPEAKING, THINKING
from pipeline.frames import (
    AgentSpeaking,
    AudioEnded,
    AudioOut,
    Clear,
    Interrupt,
    Mark,
    MarkPlayed,
    Media,
    SpeechStarted,
    SpeechStopped,
    TurnDropped,
)
from pipeline.processor import Processor, StepSettings, on
from pipeline.spec import Duration
from pipeline.text import part

FUZZ = 1e-6  # seconds: two times of the grid that differ by less are one


@dataclass
class Spoken:
    """Some words of a reply: how long their sound is, and whether all of it has come."""

    text: str
    seconds: float = 0.0
    whole: bool = False


@dataclass
class Reply:
    """A reply on its way to the caller."""

    turn: int
    spoken: list[Spoken] = field(default_factory=list)
    queue: deque[bytes | str] = field(default_factory=deque)  # 160-byte pieces, and the names of marks
    marks: dict[str, float] = field(default_factory=dict)  # pending, and the seconds of sound before each
    rest: bytes = b""  # less than a piece
    started: bool = False
    ended: bool = False  # no more sound will come
    sent: float = 0.0  # seconds of sound
    plays_until: float = 0.0  # loop time at which what was sent has been played, if the line has no delay
    delay: float = 0.0  # seconds that the line has been seen to lag behind that

    def take(self, frame: AudioOut) -> None:
        """Cut sound into pieces; each text ends with a mark, and so at a piece's end."""
        if not self.spoken or self.spoken[-1].whole:
            self.spoken.append(Spoken(frame.text))
        words = self.spoken[-1]
        words.seconds += audio.seconds(frame.pcm)
        ulaw = self.rest + audio.encode(frame.pcm)
        if frame.last:
            words.whole = True
            ulaw += audio.SILENCE[: -len(ulaw) % audio.FRAME_SAMPLES]
        whole = len(ulaw) - len(ulaw) % audio.FRAME_SAMPLES
        self.rest = ulaw[whole:]
        self.queue.extend(ulaw[at : at + audio.FRAME_SAMPLES] for at in range(0, whole, audio.FRAME_SAMPLES))
        if frame.last:
            self.queue.append(f"{self.turn}.{len(self.spoken)}")

    def heard(self, now: float) -> tuple[str, float]:
        """The words that have been played by now, and how many seconds of sound."""
        played = min(self.sent, max(0.0, self.sent - max(0.0, self.plays_until - now) - self.delay))
        texts, left = [], played
        for words in self.spoken:
            if left <= 0:
                break
            length = max(words.seconds, 0.06 * len(words.text) * (not words.whole))  # the rest of it is not known yet
            texts.append(part(words.text, (left + FUZZ) / length) if length else words.text)
            left -= words.seconds
        return " ".join(text for text in texts if text), played


class Pacer(Processor):
    """Sends sound in 20 ms pieces on an absolute grid, a little ahead of time; stops, and says what was heard, when the caller speaks."""

    gives = (Media, Mark, Clear, Interrupt, AgentSpeaking)
    holds = (AudioOut,)

    class Settings(StepSettings, frozen=True, kw_only=True):
        lead: Annotated[Duration, Meta(description="How far ahead of the caller's ear sound is sent.", ge=0.02, le=5)] = 0.2
        min_delay: Annotated[Duration, Meta(description="A reply starts at least this long after the turn's end: a breath.", ge=0, le=5)] = 0.22
        max_delay: Annotated[Duration, Meta(description="The longest such breath; each is drawn between the two.", ge=0, le=5)] = 0.36
        mark_timeout: Annotated[Duration, Meta(description="A mark that is this late will not come: the sound counts as played.", ge=0.1, le=30)] = 1.0

        def faults(self) -> list[tuple[str, str]]:
            return [("max_delay", "is less than min_delay")] if self.max_delay < self.min_delay else []

    settings: Settings

    def __init__(self, settings: Any = None, shared: Any = None) -> None:
        super().__init__(settings, shared)
        self.reply: Reply | None = None
        self.timer: TimerHandle | None = None
        self.decided = 0.0  # loop time at which the caller's turn was over; 0: no turn yet
        self.breath_until = 0.0

    # ---- the caller --------------------------------------------------------------------------------------------

    @on(SpeechStarted)
    def speech(self, frame: SpeechStarted) -> None:
        reply = self.reply
        self.drop()
        if reply is not None and reply.started:
            self.interrupt(reply)
        self.push(frame)

    def interrupt(self, reply: Reply) -> None:
        heard, seconds = reply.heard(self.now)
        self.call.log.info("BARGE_IN: interrupt")
        self.call.becomes(LISTENING)
        self.raise_up(Clear(reply.turn))
        self.raise_up(Interrupt(reply.turn, heard, seconds))

    @on(SpeechStopped)
    def silence(self, frame: SpeechStopped) -> None:
        self.decided = self.now
        self.breath_until = self.now + self.call.random.uniform(self.settings.min_delay, self.settings.max_delay)
        self.call.becomes(THINKING)
        self.push(frame)

    @on(TurnDropped)
    def dropped(self, frame: TurnDropped) -> None:
        if self.reply is None:
            self.call.becomes(LISTENING)
        self.push(frame)

    # ---- the agent ---------------------------------------------------------------------------------------------

    @on(AudioOut)
    def take(self, frame: AudioOut) -> None:
        if frame.turn != self.chain.turn:
            return
        if self.reply is None:
            self.reply = Reply(frame.turn)
        self.reply.take(frame)
        self.go()

    @on(AudioEnded)
    def end(self, frame: AudioEnded) -> None:
        reply = self.reply
        if reply is not None and reply.turn == frame.turn:
            reply.ended = True
            self.go()
        else:
            self.call.becomes(LISTENING)
        self.push(frame)

    def go(self) -> None:
        """Send what is due, unless a timer will."""
        if self.timer is None:
            self.set(max(self.now, self.breath_until))

    def set(self, at: float) -> None:
        if at <= self.now + FUZZ:
            self.tick()
        else:
            self.timer = self.chain.loop.call_at(at, self.chain.enter, self.ring)

    def ring(self) -> None:
        self.timer = None
        self.tick()

    def tick(self) -> None:
        reply = self.reply
        if reply is None:
            return
        if not reply.started:
            self.begin(reply)
            return
        while reply.queue and (isinstance(reply.queue[0], str) or reply.plays_until - self.now < self.settings.lead - FUZZ):
            self.send(reply, reply.queue.popleft())
        if reply.queue:
            self.set(reply.plays_until - self.settings.lead + audio.FRAME_SECONDS)
        elif reply.ended:
            self.settle(reply)

    def begin(self, reply: Reply) -> None:
        """The reply becomes audible: what may still be buffered of an older one goes first."""
        reply.started, reply.plays_until = True, self.now
        self.call.becomes(SPEAKING)
        if self.decided:
            self.call.event("first_audio", turn=reply.turn, after=self.now - self.decided)
        self.raise_up(Clear(reply.turn))
        self.raise_up(AgentSpeaking(True))
        self.chain.enter(self.tick)  # after those two

    def send(self, reply: Reply, item: bytes | str) -> None:
        if isinstance(item, str):
            reply.marks[item] = reply.sent
            self.push(Mark(item))
            return
        reply.plays_until = max(reply.plays_until, self.now) + audio.FRAME_SECONDS
        reply.sent += audio.FRAME_SECONDS
        self.push(Media(item))

    # ---- what was played ---------------------------------------------------------------------------------------

    @on(MarkPlayed)
    def played(self, frame: MarkPlayed) -> None:
        reply = self.reply
        if reply is not None and frame.name in reply.marks:
            reply.delay = max(0.0, self.now - (reply.plays_until - (reply.sent - reply.marks.pop(frame.name))))
            self.settle(reply)
        self.push(frame)

    def settle(self, reply: Reply) -> None:
        """The reply is over once its last mark has come back, or is overdue."""
        if not reply.ended or reply.queue:
            return
        if not reply.marks:
            self.over(reply)
        elif self.timer is None:
            until = max(reply.plays_until, self.now) + self.settings.mark_timeout
            self.timer = self.chain.loop.call_at(until, self.chain.enter, self.overdue)

    def overdue(self) -> None:
        self.timer = None
        if self.reply is not None:
            self.call.refuse("mark_overdue", f"{len(self.reply.marks)} marks did not come back")
            self.over(self.reply)

    def over(self, reply: Reply) -> None:
        self.drop()
        self.call.becomes(LISTENING)
        self.raise_up(AgentSpeaking(False, " ".join(words.text for words in reply.spoken)))

    def drop(self) -> None:
        """Forget the reply under way."""
        self.reply = None
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def close(self) -> None:
        self.drop()
