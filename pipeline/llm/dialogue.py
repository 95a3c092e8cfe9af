"""The dialogue step: one answer to each question, and the conversation as far as it was heard."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

from pipeline.conversation import add, joined
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
    SpeechStarted,
    Transcript,
    TurnDropped,
    TurnLikely,
)
from pipeline.llm.open_sentence import OpenSentence
from pipeline.llm.preemptive import PreemptiveGeneration, PreemptiveReply
from pipeline.llm.settings import DialogueSettings
from pipeline.llm.using import Using
from pipeline.processor import Kind, on
from pipeline.settings import StepSettings
from pipeline.text import normalise
from pipeline.text.normalise import is_end_of
from pipeline.text.sentences import after
from pipeline.vocabulary import Cause, DropReason, ReplyEnd

FIXED = ("empty", "again", "unheard", "failed", "failing", "gave_up")  # settings with fixed sentences
ASK_BACK = 2  # times in a row that speech without recognised words is answered by a question


class Dialogue(Using):
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
        Keys,
        TurnLikely,
        TurnDropped,
        ReplyText,
        AgentSpeaking,
        Interrupt,
    )
    asks_ahead: ClassVar[bool] = True  # True if `answer` changes no state, so that its reply may be discarded

    def __init__(self, settings: StepSettings | None = None, shared: object = None) -> None:
        super().__init__(settings, shared)
        self.asked_back = 0
        self.hearing: int | None = None  # the caller's turn under way
        self.opening = False  # the reply answers no words: it tells the results that are owed
        self.sentence = OpenSentence()
        wanted = self.asks_ahead and self.settings.preemptive
        self.preemptive = PreemptiveGeneration(self, self.preempt, self.settings.stable, wanted)

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

    @on(Transcript)
    def read(self, frame: Transcript) -> None:
        if not frame.final:
            self.preemptive.hear(frame)
            if change := self.sentence.change(frame.turn, frame.text, self.call.language):
                self.raise_up(change)
            self.push(frame)
            return
        if normalise(frame.text):
            self.asked_back = 0
            add(self.history, "user", frame.text)
            if not self.leaving.stands(frame.text, self.call.language):
                self.unheard, self.parked = [], False  # a parked reply does not know these words
                if self.call.tools:
                    self.uses.words(frame.text)
            if frame.turn != self.chain.turn:
                self.stop()  # the next turn settles what they ask
        # A question is open: answer it; a reply was interrupted: go on with it. Otherwise this was speech without
        # words; after two requests in a row to repeat it, more of it is taken for noise, as the caller may be speaking
        # to another person.
        if self.is_owed or self.can_go_on or (self.asked_back == ASK_BACK and not frame.failed):
            self.settle(TurnDropped(frame.turn, DropReason.UNHEARD))
        elif frame.turn == self.chain.turn and frame.failed:
            self.stop()
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

    def over(self, turn: int) -> None:
        """Note that a turn is over."""
        self.preemptive.over(turn)
        if turn == self.hearing:
            self.hearing = None

    def settle(self, frame: TurnDropped) -> None:
        """Answer an open question, or go on with the reply that this turn interrupted; otherwise pass the frame on."""
        # A newer turn has begun: it will settle the same question, with the words that it adds.
        if frame.turn != self.chain.turn:
            return
        if self.call.tools:
            self.uses.nothing()
        if self.can_go_on:
            self.go_on(frame.turn)
        elif self.is_owed:
            self.reply(frame.turn)
        else:
            self.push(frame)

    @property
    def is_owed(self) -> bool:
        """True if the last message is the caller's: no word of an answer to it has been heard."""
        return bool(self.history) and self.history[-1].role == "user"

    # ---- the agent ---------------------------------------------------------------------------------------------

    def reply(self, turn: int, opening: bool = False) -> None:
        """Start to answer the conversation's last message, with the preemptive reply if its words were right.

        At an `opening` there is no question: what is owed is told.
        """
        begun, self.opening = self.preemptive.take(turn, self.history), opening
        self.pieces, self.unheard = [], []
        self.leaving.forget()
        task = self.start(turn, self._reply(begun))
        if begun:
            begun.ends_with(task)

    def preempt(self, text: str) -> PreemptiveReply | None:
        """Return the reply to the conversation with this text added, not started; None while the agent is audible."""
        if self.audible:
            return None
        if self.parked:
            self.stop()  # words have come: it is no answer to them, and a second request would stand beside it
        if self.call.tools:
            self.first_step()
        history = joined(self.history, "user", text)
        draft = self._draft(self)
        draft.doubted = partial(self.doubt, self.preemptive.turn, text)
        self.ahead = True
        request = self._ask(self, history)
        self.ahead = False
        return PreemptiveReply(history, draft, request, self.look_up)

    def doubt(self, turn: int, text: str) -> None:
        """Take note that the model takes words for unfinished: their turn, and the reply, wait."""
        self.raise_up(self.sentence.doubt(turn, text))

    def tell_owed(self) -> None:
        """Tell the results that are owed, if neither the caller nor the agent speaks, and no reply is in the making."""
        if not self.call.tools or not self.uses.owed or self.hearing is not None or self.is_owed:
            return
        if not (self.working or self.audible or self.pieces or self.unheard or self.leaving.is_meant):
            self.reply(
                self.chain.next_turn(), opening=True
            )  # a reply of its own: its marks are none of the reply before it

    def settled(self) -> None:
        self.preemptive.drop()  # it does not know the result
        self.tell_owed()

    def close(self) -> None:
        self.preemptive.drop()
        if self.call.tools:
            self.uses.close()
        super().close()

    def failed(self, turn: int, error: Exception) -> None:
        """Count a fault, and say a fixed sentence unless some of the reply was pushed already."""
        self.chain.fault(self, error)
        instead = self.instead()
        if self.opening:  # it was tried: a model that is down would be asked again and again
            for use in self.step.known:
                use.told = True
        for piece in instead:
            self.speak(ReplyText(turn, piece))
        if instead or (self.pieces and (self.step.answered or not self.call.tools)):
            self.push(ReplyEnded(turn, ReplyEnd.FAILED))
        else:
            self.apologise(turn, "failed")

    def apologise(self, turn: int, first: str) -> None:
        """Say that a turn has failed, in the words of the setting `first`, and after more such turns in others.

        After `give_up` of them in a row the call is hung up, once the caller has heard the goodbye.
        """
        self.pieces = []
        self.speak(ReplyText(turn, self.settings.fixed(self.apologies.next(first), self.call.language)))
        self.push(ReplyEnded(turn, ReplyEnd.FAILED))

    @property
    def sorry(self) -> str:
        return self.settings.fixed("failed", self.call.language)

    # ---- heard words ------------------------------------------------------------------------------------------

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

    def heard(self, text: str, said: Sequence[str] = ()) -> None:
        """Note the words heard of a reply, or of the part of it that had these pieces."""
        if text:
            self.last_reply = self.draft.text
            add(self.history, "assistant", text)
            if self.call.tools:
                self.tells(said, text)
                self.uses.read_back.heard(text)
