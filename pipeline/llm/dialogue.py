"""The dialogue step: one answer to each question, and the conversation as far as it was heard."""

from __future__ import annotations

from typing import Any, ClassVar

from pipeline.frames import (
    AgentSpeaking,
    CallStarted,
    Hangup,
    Interrupt,
    Keys,
    ReplyAhead,
    ReplyEnded,
    ReplyStopped,
    ReplyText,
    SentenceOpen,
    SpeechHeld,
    SpeechReleased,
    SpeechStarted,
    Transcript,
    TurnDropped,
    TurnLikely,
)
from pipeline.llm.replying import Replying
from pipeline.llm.settings import DialogueSettings
from pipeline.processor import Kind, on
from pipeline.settings import StepSettings
from pipeline.text import normalise
from pipeline.text.normalise import is_end_of
from pipeline.text.sentences import after
from pipeline.vocabulary import Cause, DropReason

FIXED = ("empty", "again", "unheard", "failed", "failing", "gave_up")  # settings with fixed sentences
ASK_BACK = 2  # times in a row that speech without recognised words is answered by a question


class Dialogue(Replying):
    """Answers each question of the caller once, by a language model or by rules.

    Words that the caller adds before the answer is audible are joined to the question, which is then answered as a
    whole. A turn without words lets the reply that it interrupted go on. `history` has the words that were said and
    heard: of an interrupted reply only the part that was played. `last_reply` is the whole of the last one of which
    some was heard.
    """

    Settings: ClassVar[type[StepSettings]] = DialogueSettings
    gives: ClassVar[tuple[Kind, ...]] = (ReplyText, ReplyAhead, ReplyEnded, TurnDropped, SentenceOpen, Hangup)
    holds = (Transcript,)
    optional: ClassVar[tuple[Kind, ...]] = (
        CallStarted,
        SpeechStarted,
        SpeechHeld,
        SpeechReleased,
        Keys,
        TurnLikely,
        TurnDropped,
        ReplyText,
        AgentSpeaking,
        Interrupt,
    )

    @classmethod
    def phrases(cls, settings: Any, language: str) -> tuple[str, ...]:
        return tuple(settings.fixed(name, language) for name in FIXED)

    @on(CallStarted)
    def back(self, frame: CallStarted) -> None:
        """Tell the result of a transfer, if the caller comes back from one: the agent begins by itself."""
        self.push(frame)
        self.tell_owed()

    # ---- the caller --------------------------------------------------------------------------------------------

    @on(SpeechStarted)
    def speech(self, frame: SpeechStarted) -> None:
        self.preemptive.drop()
        self.hearing = frame.turn
        if self.call.tools:
            self.uses.voice()
        # Of a reply not audible yet the caller knows nothing: their words go on with the question. Its pieces are kept,
        # in case the speech turns out to be a cough. An audible one ends by `Interrupt`, which has the words heard.
        if not self.audible:
            self.park()
            self.unheard, self.pieces = self.pieces or self.unheard, []
        self.push(frame)

    @on(SpeechHeld)
    def held(self, frame: SpeechHeld) -> None:
        if self.call.tools:
            self.uses.voice()
        self.push(frame)

    @on(SpeechReleased)
    def released(self, frame: SpeechReleased) -> None:
        if self.call.tools:
            self.uses.nothing()
        self.push(frame)

    @on(Transcript)
    def read(self, frame: Transcript) -> None:
        if not frame.final:
            self.preemptive.hear(frame)
            if change := self.sentence.change(frame.turn, frame.text, self.call.language):
                self.raise_up(change)
            self.push(frame)
            return
        if normalise(frame.text):
            self.words(frame.turn, frame.text)
        # A question is open: answer it; a reply was interrupted: go on with it. Otherwise this was speech without
        # words; after two requests in a row to repeat it, more of it is taken for noise, as the caller may be speaking
        # to another person.
        if self.is_owed or self.can_go_on or (self.asked_back == ASK_BACK and not frame.failed):
            self.settle(TurnDropped(frame.turn, DropReason.UNHEARD))
        elif frame.turn == self.chain.turn and frame.failed:
            self.stop()
            self.pieces = []
            self.apologise(frame.turn, "unheard")
        elif frame.turn == self.chain.turn:
            self.asked_back += 1
            self.say(frame.turn, [self.settings.fixed("unheard", self.call.language)])
        self.over(frame.turn)
        self.tell_owed()

    @on(Keys)
    def typed(self, frame: Keys) -> None:
        """Forget the rest of a sentence over which the caller has typed: it need not be said after the entry."""
        self.unheard = []
        self.push(frame)

    @on(TurnLikely)
    def likely(self, frame: TurnLikely) -> None:
        self.paused_at = self.now
        self.preemptive.likely(frame.turn)
        self.push(frame)

    @on(TurnDropped)
    def dropped(self, frame: TurnDropped) -> None:
        """Note a turn without words."""
        self.over(frame.turn)
        self.settle(frame)
        self.tell_owed()

    # ---- the agent --------------------------------------------------------------------------------------------

    @on(AgentSpeaking)
    def speaking(self, control: AgentSpeaking) -> None:
        self.audible = control.on
        if control.on:
            if self.call.tools:
                self.uses.audible()
            return
        said, self.pieces, self.unheard = self.pieces, [], []
        self.heard(control.heard, said)
        if self.apologies.is_over and is_end_of(control.heard, self.settings.fixed("gave_up", self.call.language)):
            self.raise_up(Hangup(Cause.GAVE_UP))
        elif (end := self.leaving.after(control.heard, said)) is not None:
            self.raise_up(end)
        else:
            self.tell_owed()

    @on(Interrupt)
    def interrupted(self, control: Interrupt) -> None:
        self.audible = False
        if isinstance(control, ReplyStopped):
            self.stop()
        self.park()
        said = self.pieces
        if said:  # otherwise a filler was cut off, and the rest of the reply before it is still to be heard
            self.pieces, self.unheard = [], after(said, control.heard)
        self.heard(control.heard, said)
