"""Sends the agent's speech at the pace of the line, and keeps count of how much of it the caller has heard."""

from __future__ import annotations

from typing import Any

from pipeline import audio
from pipeline.events import ReplyUnfinished
from pipeline.frames import (
    AgentSpeaking,
    AudioEnded,
    AudioOut,
    Clear,
    FillerDue,
    Interrupt,
    Mark,
    MarkPlayed,
    Media,
    ReplyHeld,
    ReplyStopped,
    SpeechHeld,
    SpeechReleased,
    SpeechStarted,
    SpeechStopped,
    StopReply,
    TurnDropped,
    TurnLikely,
)
from pipeline.processor import on
from pipeline.text import phrase
from pipeline.vocabulary import Refusal, State
from processors.pacer.playout import Playout
from processors.pacer.sender import Sender
from processors.pacer.settings import PacerSettings

NOTHING = "(nothing)"  # was heard of a reply
LISTENING = 0.9  # seconds of a turn's last silence that count as waiting: in a longer one the caller was thinking


class Pacer(Sender):
    """Sends audio on an absolute 20 ms grid, a little ahead of the ear; a barge-in stops it and tells the words heard.

    `lead` bounds the sound under way: at most so much is at Twilio beyond the part already played, so that a barge-in
    cuts speech short at once and the words heard are known. The breath before a reply (`min_delay` to `max_delay`)
    counts from the end of the caller's turn, or from when it was likely, not from the reply's first sound. At voice
    that may be an interruption (`SpeechHeld`) no more is sent, the sound under way is heard, and nothing is dropped
    until it is one. A caller who hears nothing for `filler_after` in the agent's turn hears a filler, of which the
    conversation knows nothing; for five seconds after its words, a soft tone takes their place. A turn that no step
    answers or ends is ended three seconds after `answer_within`, with an apology.
    """

    gives = (Media, Mark, AudioEnded, Clear, Interrupt, ReplyStopped, ReplyHeld, AgentSpeaking, FillerDue)
    holds = (AudioOut, AudioEnded)
    optional = (
        SpeechStarted,
        SpeechHeld,
        SpeechReleased,
        TurnLikely,
        SpeechStopped,
        TurnDropped,
        AudioEnded,
        MarkPlayed,
        StopReply,
    )

    Settings = PacerSettings

    @classmethod
    def phrases(cls, settings: Any, language: str) -> tuple[str, ...]:
        """Return the filler and the apology: they are asked for when they are due, and have to be in memory then."""
        return (*((settings.words(language),) if settings.filler_after else ()), phrase("failed", language))

    # ---- the caller --------------------------------------------------------------------------------------------

    @on(SpeechStarted)
    def speech(self, frame: SpeechStarted) -> None:
        self.call.answer_by = 0.0
        self.call.becomes(State.LISTENING)
        if (reply := self.drop()) is not None and reply.started:
            self.call.log.info("BARGE_IN: interrupt")
            self.interrupt(reply, Interrupt, self.now - frame.since)
        self.push(frame)

    @on(SpeechHeld)
    def hold(self, frame: SpeechHeld) -> None:
        """Pause: the caller may have begun to interrupt."""
        if (reply := self.reply) is not None and reply.started:
            self.begin_pause(reply, frame.within)
            self.raise_up(ReplyHeld(frame.turn, reply.heard(self.now)[0], reply.left(self.now)))
        self.push(frame)

    @on(SpeechReleased)
    def release(self, frame: SpeechReleased) -> None:
        self.resume()
        self.push(frame)

    def interrupt(self, reply: Playout, kind: type[Interrupt], since: float) -> None:
        """Stop a reply for good, over which the caller has spoken since this loop time."""
        heard, seconds = reply.heard(self.now)
        self.call.log.words("REPLY: {} (interrupted)", heard or NOTHING)
        self.raise_up(Clear(reply.turn))
        self.raise_up(kind(reply.turn, heard, seconds, max(0.0, reply.silent_at(self.now) - since)))

    @on(StopReply)
    def stop(self, control: StopReply) -> None:
        self.call.becomes(State.LISTENING)
        reply = self.drop() or Playout(self.chain.turn)  # one in the making: nothing was heard
        self.interrupt(reply, ReplyStopped, self.now)

    @on(TurnLikely)
    def likely(self, frame: TurnLikely) -> None:
        self.breath.may_begin(frame.turn, self.now)
        self.push(frame)

    @on(SpeechStopped)
    def silence(self, frame: SpeechStopped) -> None:
        now, settings = self.now, self.settings
        self.breath.draw(frame.turn, now)
        # Without a silence the turn was cut at its greatest length: the caller goes on, and waits for nothing yet.
        self.call.answer_by = now - frame.silence + settings.answer_within if frame.silence else 0.0
        self.limit.wait(now - frame.silence)
        if settings.filler_after:
            self.filler.wait(now - frame.silence, max(0.0, frame.silence - LISTENING))
        self.call.becomes(State.THINKING)
        self.push(frame)

    @on(TurnDropped)
    def dropped(self, frame: TurnDropped) -> None:
        if self.reply is None:
            self.stop_waiting()
            self.call.becomes(State.LISTENING)
        elif not self.reply.worded:  # a filler alone: no answer will follow it
            self.end_reply(self.reply)
        self.push(frame)

    # ---- the agent ---------------------------------------------------------------------------------------------

    @on(AudioOut)
    def take(self, frame: AudioOut) -> None:
        if frame.turn != self.chain.turn:
            return
        self.filler.stop()
        reply = self.reply or self.next_reply(frame.turn)
        if not frame.text:
            self.filler.came(frame, max(self.now, reply.plays_until) + audio.seconds(frame.pcm))
        else:
            self.limit.stop()
            if reply.started and not reply.worded:  # behind a filler: the answer begins here
                self.breath.end(reply.turn, max(self.now, reply.plays_until))
        if not reply.take(frame):
            self.call.refuse(Refusal.REPLY_TOO_LONG, "sound is not sent, as ten minutes of it wait")
        self.go()

    @on(AudioEnded)
    def end(self, frame: AudioEnded) -> None:
        reply = self.reply
        if reply is not None and reply.turn == frame.turn:
            self.end_reply(reply)
        elif self.call.state == State.THINKING and frame.turn == self.chain.turn:
            self.give_up()  # an answer without any sound
        else:
            self.stop_waiting()
            self.call.becomes(State.LISTENING)
            self.push(frame)

    # ---- marks -----------------------------------------------------------------------------------------------------

    @on(MarkPlayed)
    def played(self, frame: MarkPlayed) -> None:
        if (reply := self.reply) is not None and reply.played(frame.name, self.now):
            self.settle(reply)
        self.push(frame)

    def close(self) -> None:
        if (reply := self.drop()) is not None and reply.started:
            heard, seconds = reply.heard(self.now)
            self.call.log.words("REPLY: {} (the call ended)", heard or NOTHING)
            self.call.tell(ReplyUnfinished(reply.turn, heard, seconds))
