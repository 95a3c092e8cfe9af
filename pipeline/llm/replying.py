"""The replies of a dialogue: to a question, ahead of it, or at an opening; the words heard of them; their failure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from pipeline.conversation import add, joined
from pipeline.frames import ReplyEnded, ReplyText, TurnDropped
from pipeline.llm.open_sentence import OpenSentence
from pipeline.llm.preemptive import PreemptiveGeneration, PreemptiveReply
from pipeline.llm.using import Using
from pipeline.settings import StepSettings
from pipeline.vocabulary import ReplyEnd


class Replying(Using):
    """Begins the replies of a call."""

    asks_ahead: ClassVar[bool] = True  # True if `answer` changes no state, so that its reply may be discarded

    def __init__(self, settings: StepSettings | None = None, shared: object = None) -> None:
        super().__init__(settings, shared)
        self.asked_back = 0  # times in a row that speech without words was answered by a question
        self.hearing: int | None = None  # the caller's turn under way
        self.opening = False  # the reply answers no words: it tells the results that are owed
        self.sentence = OpenSentence()
        wanted = self.asks_ahead and self.settings.preemptive
        self.preemptive = PreemptiveGeneration(self, self.preempt, self.settings.stable, wanted)

    def over(self, turn: int) -> None:
        """Note that a turn is over."""
        self.preemptive.over(turn)
        if turn == self.hearing:
            self.hearing = None
        if self.call.tools and self.hearing is None:
            self.uses.nothing()

    def settle(self, frame: TurnDropped) -> None:
        """Answer an open question, or go on with the reply that this turn interrupted; otherwise pass the frame on."""
        # A newer turn has begun: it will settle the same question, with the words that it adds.
        if frame.turn != self.chain.turn:
            return
        if self.can_go_on:
            self.go_on(frame.turn)
        # All of the goodbye was heard before the caller spoke, and they have taken leave, too, or only coughed.
        elif self.leaving.is_meant and not (self.audible or self.pieces):
            self.leave()
        elif self.is_owed:
            self.reply(frame.turn)
        else:
            self.push(frame)

    def words(self, turn: int, text: str) -> None:
        """Take the caller's words into the conversation."""
        self.asked_back = 0
        add(self.history, "user", text)
        if not self.leaving.stands(text, self.call.language):
            self.unheard, self.parked = [], False  # a parked reply does not know these words
            # A guess of before takes an effect that was withdrawn just now for one that is under way.
            if self.call.tools and self.uses.words(text):
                self.preemptive.drop()
        if turn != self.chain.turn:
            self.stop()  # the next turn settles what they ask

    def leave(self) -> None:
        """End the call as it was meant."""
        if (end := self.leaving.take()) is not None:
            self.raise_up(end)

    @property
    def is_owed(self) -> bool:
        """True if the last message is the caller's: no word of an answer to it has been heard."""
        return bool(self.history) and self.history[-1].role == "user"

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
        # Over the caller's words, or into a reply that is about something else, a result would be noise. It is no
        # repetition of the last reply either, so it waits for the next moment at which all of this is over.
        if not (self.working or self.audible or self.pieces or self.unheard or self.leaving.is_meant):
            turn = self.chain.next_turn()  # a reply of its own: its marks are none of the reply before it
            self.reply(turn, opening=True)

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
        known = () if self.step.answered else self.step.known
        instead = self.telling.instead(known, self.uses.tools) if known else []
        # It was tried: a model that is down would be asked at each opening, and the caller would hear nothing but
        # apologies.
        if self.opening:
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
        self.speak(ReplyText(turn, self.settings.fixed(self.apologies.next(first), self.call.language)))
        self.push(ReplyEnded(turn, ReplyEnd.FAILED))

    @property
    def sorry(self) -> str:
        return self.settings.fixed("failed", self.call.language)

    def heard(self, text: str, said: Sequence[str] = ()) -> None:
        """Note the words heard of a reply, or of the part of it that had these pieces."""
        if text:
            self.last_reply = self.draft.text
            add(self.history, "assistant", text)
            if self.call.tools:
                self.telling.heard(said, text)
                self.uses.read_back.heard(text)
