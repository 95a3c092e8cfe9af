"""Sends the agent's speech at the pace of the line, and keeps count of how much of it the caller has heard."""

from __future__ import annotations

from asyncio import TimerHandle
from typing import Annotated

from pipeline import audio
from pipeline.audio import FUZZ
from pipeline.events import ReplyUnfinished
from pipeline.frames import (
    AgentSpeaking,
    AudioEnded,
    AudioOut,
    Clear,
    Interrupt,
    Mark,
    MarkPlayed,
    Media,
    ReplyStopped,
    SpeechStarted,
    SpeechStopped,
    StopReply,
    TurnDropped,
)
from pipeline.processor import Processor, on
from pipeline.settings import Duration, StepSettings, doc
from pipeline.vocabulary import Refusal, State
from processors.pacer.breath import Breath
from processors.pacer.playout import Playout

NOTHING = "(nothing)"  # was heard of a reply


class PacerSettings(StepSettings, frozen=True, kw_only=True):
    """The settings of the pacer."""

    lead: Annotated[Duration, doc("How far ahead of the caller's ear audio is sent.", 0.02, 5)] = 0.2
    burst: Annotated[Duration, doc("Audio sent at a time, no more than `lead`.", 0.02, 1)] = 0.06
    min_delay: Annotated[Duration, doc("The shortest pause between a turn's end and the reply.", 0, 5)] = 0.22
    max_delay: Annotated[Duration, doc("The longest such pause; each is drawn at random between the two.", 0, 5)] = 0.36
    mark_timeout: Annotated[Duration, doc("A mark this late is given up: its audio counts as played.", 0.1, 30)] = 1.0

    @property
    def room(self) -> float:
        """The seconds of whole pieces that are sent at a time: the fewer timers, the more calls a core holds."""
        return int((min(self.burst, self.lead) + FUZZ) / audio.FRAME_SECONDS) * audio.FRAME_SECONDS

    def faults(self) -> list[tuple[str, str]]:
        if self.max_delay >= self.min_delay:
            return []
        return [("max_delay", f"is less than `min_delay`, {self.min_delay * 1000:g}ms")]


class Pacer(Processor):
    """Sends audio on an absolute 20 ms grid, a little ahead of the ear; a barge-in stops it and tells the words heard.

    `lead` bounds the sound under way: at most so much is at Twilio beyond the part already played, so that a barge-in
    cuts speech short at once and the words heard are known. The breath before a reply (`min_delay` to `max_delay`)
    counts from the end of the caller's turn, not from the reply's first sound.
    """

    gives = (Media, Mark, AudioEnded, Clear, Interrupt, ReplyStopped, AgentSpeaking)
    holds = (AudioOut, AudioEnded)
    optional = (SpeechStarted, SpeechStopped, TurnDropped, AudioEnded, MarkPlayed, StopReply)

    Settings = PacerSettings
    settings: PacerSettings

    def begin(self) -> None:
        self.reply: Playout | None = None
        self.timer: TimerHandle | None = None
        self.breath, self.room = Breath(self.call, self.settings), self.settings.room

    # ---- the caller --------------------------------------------------------------------------------------------

    @on(SpeechStarted)
    def speech(self, frame: SpeechStarted) -> None:
        self.call.becomes(State.LISTENING)
        if (reply := self.drop()) is not None and reply.started:
            self.call.log.info("BARGE_IN: interrupt")
            self.interrupt(reply)
        self.push(frame)

    def interrupt(self, reply: Playout, kind: type[Interrupt] = Interrupt) -> None:
        heard, seconds = reply.heard(self.now)
        self.call.log.words("REPLY: {} (interrupted)", heard or NOTHING)
        self.raise_up(Clear(reply.turn))
        self.raise_up(kind(reply.turn, heard, seconds))

    @on(StopReply)
    def stop(self, control: StopReply) -> None:
        self.call.becomes(State.LISTENING)
        self.interrupt(self.drop() or Playout(self.chain.turn), ReplyStopped)  # one in the making: nothing was heard

    @on(SpeechStopped)
    def silence(self, frame: SpeechStopped) -> None:
        self.breath.draw(self.now)
        self.call.becomes(State.THINKING)
        self.push(frame)

    @on(TurnDropped)
    def dropped(self, frame: TurnDropped) -> None:
        if self.reply is None:
            self.call.becomes(State.LISTENING)
        self.push(frame)

    # ---- the agent ---------------------------------------------------------------------------------------------

    @on(AudioOut)
    def take(self, frame: AudioOut) -> None:
        if frame.turn == self.chain.turn:
            self.reply = self.reply or Playout(frame.turn)
            if not self.reply.take(frame):
                self.call.refuse(Refusal.REPLY_TOO_LONG, "sound is not sent, as ten minutes of it wait")
            self.go()

    @on(AudioEnded)
    def end(self, frame: AudioEnded) -> None:
        if (reply := self.reply) is not None and reply.turn == frame.turn:
            reply.ended = True
            self.go()
        else:
            self.call.becomes(State.LISTENING)
            self.push(frame)

    def go(self) -> None:
        """Send the frames that are due, unless a timer is set to do so."""
        if self.timer is None:
            self.set(max(self.now, self.breath.until))

    def set(self, at: float) -> None:
        # A time of the grid is a sum of floats: a difference below FUZZ is rounding, and a timer for it would cost a
        # tick.
        if at <= self.now + FUZZ:
            self.tick()
        else:
            self.timer = self.chain.loop.call_at(at, self.chain.enter, self.tick)

    def tick(self) -> None:
        self.timer, reply = None, self.reply
        if reply is None:
            return
        if not reply.started:
            self.begin_reply(reply)
            return
        try:
            while (frame := reply.next(self.now, self.settings.lead)) is not None:
                self.push(frame)
        finally:  # also if a step below has failed at a piece: it may take the next one
            if reply.queue:
                # An absolute time, from the sound sent and not from `now`: after a late timer comes an early one. The
                # next burst is sent when that much room is free under `lead`.
                self.set(reply.plays_until - self.settings.lead + self.room)
            elif reply.ended:
                self.push(AudioEnded(reply.turn))  # all of its audio has been sent
                self.settle(reply)

    def begin_reply(self, reply: Playout) -> None:
        """Make a reply audible: clear the buffer of an older one, send the first frame, then report the start."""
        reply.started, reply.plays_until = True, self.now
        self.call.becomes(State.SPEAKING)
        self.breath.end(reply.turn, self.now)
        # Four actions of their own, in this order: the caller must not hear the rest of an older reply behind the new
        # one's first frame, and handlers of AgentSpeaking above must not delay that frame.
        self.raise_up(Clear(reply.turn))
        self.chain.enter(self.speak)
        self.raise_up(AgentSpeaking(True))
        self.chain.enter(self.tick)

    def speak(self) -> None:
        """Send the first 20 ms, before the steps above hear that the agent speaks: the caller is waiting for them."""
        if self.reply is not None and (first := self.reply.next(self.now, self.settings.lead)) is not None:
            self.push(first)
            self.call.wire.flush()

    # ---- marks -----------------------------------------------------------------------------------------------------

    @on(MarkPlayed)
    def played(self, frame: MarkPlayed) -> None:
        if (reply := self.reply) is not None and reply.played(frame.name, self.now):
            self.settle(reply)
        self.push(frame)

    def settle(self, reply: Playout) -> None:
        """End the reply once its last mark has come back, or `mark_timeout` after its sound should have been played."""
        if not reply.ended or reply.queue:
            return
        if not reply.marks:
            self.over(reply)
        elif self.timer is None:
            played = max(reply.plays_until, self.now)
            self.timer = self.chain.loop.call_at(played + self.settings.mark_timeout, self.chain.enter, self.overdue)

    def overdue(self) -> None:
        self.timer = None
        if self.reply is not None:
            self.call.refuse(Refusal.MARK_OVERDUE, f"{len(self.reply.marks)} marks did not come back")
            self.over(self.reply)

    def over(self, reply: Playout) -> None:
        self.drop()
        self.call.becomes(State.LISTENING)
        self.raise_up(AgentSpeaking(False, reply.text))
        self.call.log.words("REPLY: {}", reply.text)

    def drop(self) -> Playout | None:
        """Forget the reply under way and its timer, and return the reply."""
        (reply, timer), self.reply, self.timer = (self.reply, self.timer), None, None
        if timer is not None:
            timer.cancel()
        return reply

    def close(self) -> None:
        if (reply := self.drop()) is not None and reply.started:
            heard, seconds = reply.heard(self.now)
            self.call.log.words("REPLY: {} (the call ended)", heard or NOTHING)
            self.call.tell(ReplyUnfinished(reply.turn, heard, seconds))
