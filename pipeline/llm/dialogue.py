"""What every language model does on a call: one answer to one question, remembered as the caller heard it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Any, ClassVar

from pipeline.events import ModelExchange
from pipeline.frames import (
    AgentSpeaking,
    Frame,
    Interrupt,
    ReplyAhead,
    ReplyEnded,
    ReplyText,
    SpeechStarted,
    Transcript,
    TurnDropped,
)
from pipeline.llm.draft import Draft
from pipeline.llm.history import Message, add, joined
from pipeline.llm.preemptive import PreemptiveGeneration, PreemptiveReply
from pipeline.llm.settings import DialogueSettings
from pipeline.processor import Kind, on
from pipeline.providers.fallback import Request
from pipeline.settings import StepSettings
from pipeline.text.sentences import after
from pipeline.vocabulary import DropReason, ReplyEnd
from pipeline.worker import Worker

ASK_BACK = 2  # times in a row that speech without words is asked about


class Dialogue(Worker):
    """Answers each question once.

    A caller who goes on before the answer is audible is still asking: what they say is joined to the question. A turn
    that comes to nothing lets the answer that it stopped go on. `history` holds what was said and heard, no more.
    """

    Settings: ClassVar[type[StepSettings]] = DialogueSettings
    gives: ClassVar[tuple[Kind, ...]] = (ReplyText, ReplyAhead, ReplyEnded, TurnDropped)
    holds = (Transcript,)
    asks_ahead: ClassVar[bool] = True  # whether `answer` leaves no trace if its reply is thrown away

    settings: Any

    def __init__(self, settings: StepSettings | None = None, shared: object = None) -> None:
        super().__init__(settings, shared)
        self.history: list[Message] = []
        self.pieces: list[str] = []  # of the reply under way
        self.unheard: list[str] = []  # pieces that an interruption cut off, or that were never audible
        self.last_reply = ""  # the last of which anything was heard, as the model meant it
        self.draft = Draft(self.settings)
        self.audible, self.asked_back = False, 0
        wanted = self.asks_ahead and self.settings.preemptive
        self.preemptive = PreemptiveGeneration(self, self.preempt, self.settings.stable, wanted)

    @abstractmethod
    def answer(self, history: list[Message]) -> AsyncGenerator[str, None]:
        """Yield the reply to the conversation's last line, in bits of any size.

        As a spare it has heard no frame of the call: all that it has is `history`.
        """

    def gives_away(self, text: str) -> bool:
        """Whether a reply that begins so would say what nobody may hear; no more of it is said then."""
        return False

    @classmethod
    def phrases(cls, settings: Any, language: str) -> tuple[str, ...]:
        return tuple(settings.fixed(name, language) for name in ("empty", "again", "unheard", "failed"))

    # ---- the caller --------------------------------------------------------------------------------------------

    @on(SpeechStarted)
    def speech(self, frame: SpeechStarted) -> None:
        self.preemptive.drop()
        if not self.audible:
            self.stop()
            self.unheard, self.pieces = self.pieces or self.unheard, []
        self.push(frame)

    @on(Transcript)
    def read(self, frame: Transcript) -> None:
        if not frame.final:
            self.preemptive.hear(frame)
            self.push(frame)
            return
        if frame.text:
            self.asked_back, self.unheard = 0, []
            add(self.history, "user", frame.text)
        if self.is_owed or self.asked_back == ASK_BACK:
            self.settle(TurnDropped(frame.turn, DropReason.UNHEARD))
        elif frame.turn == self.chain.turn:
            self.asked_back += 1
            self.say(frame.turn, [self.settings.fixed("unheard", self.call.language)])
        self.preemptive.over(frame.turn)

    @on(TurnDropped)
    def dropped(self, frame: TurnDropped) -> None:
        """A turn that came to nothing."""
        self.preemptive.over(frame.turn)
        self.settle(frame)

    def settle(self, frame: TurnDropped) -> None:
        """A turn asks nothing new: the caller gets what they are owed, or what it had stopped, unless they go on."""
        if frame.turn != self.chain.turn:
            return
        if self.is_owed:
            self.reply(frame.turn)
        elif self.unheard:
            self.say(frame.turn, self.unheard)
        else:
            self.push(frame)

    @property
    def is_owed(self) -> bool:
        """Whether the caller has asked something that they have heard no word of an answer to."""
        return bool(self.history) and self.history[-1].role == "user"

    # ---- the agent ---------------------------------------------------------------------------------------------

    def reply(self, turn: int) -> None:
        """Begin to answer the conversation's last line."""
        begun = self.preemptive.take(turn, self.history)
        self.pieces = []
        task = self.start(turn, self._reply(turn, begun))
        if begun:
            begun.ends_with(task)

    def preempt(self, text: str) -> PreemptiveReply | None:
        """The reply to the conversation and this, not begun yet; none while the agent is heard."""
        history = joined(self.history, "user", text)
        return None if self.audible else PreemptiveReply(history, self._draft(self), self._ask(self, history))

    def close(self) -> None:
        self.preemptive.drop()
        super().close()

    def say(self, turn: int, pieces: list[str]) -> None:
        """Say these pieces as they are."""
        self.stop()
        self.pieces = []
        for piece in pieces:
            self.speak(ReplyText(turn, piece))
        self.push(ReplyEnded(turn))

    @on(ReplyText)
    def speak(self, frame: ReplyText) -> None:
        """A piece is on its way to be spoken: one of ours, or a greeting from above."""
        self.pieces.append(frame.text)
        self.push(frame)

    def _draft(self, model: Dialogue) -> Draft:
        fixed = partial(self.settings.fixed, language=self.call.language)
        return Draft(self.settings, self.last_reply, fixed, model.gives_away)

    async def _reply(self, turn: int, begun: PreemptiveReply | None) -> AsyncGenerator[Frame, None]:
        async with aclosing(self.first_answer(lambda model: self._drafted(begun, model))) as pieces:
            async for piece in pieces:
                self.pieces.append(piece)
                yield ReplyText(turn, piece)
        yield ReplyEnded(turn)

    def _drafted(self, begun: PreemptiveReply | None, model: Dialogue) -> AsyncGenerator[str, None]:
        """What a model answers; ours may have begun to already."""
        mine = begun if model is self else None
        self.draft = mine.draft if mine else self._draft(model)
        return mine.pieces() if mine else self.draft.pieces(self._ask(model, self.history))

    def _ask(self, model: Dialogue, history: list[Message]) -> Request[str]:
        return self.new_request(ModelExchange, history[-1].text, model.answer(history))

    def failed(self, turn: int, error: Exception) -> None:
        """A model that fails says so, unless it has said something already."""
        self.call.fault(error, str(self))
        if not self.pieces:
            self.speak(ReplyText(turn, self.settings.fixed("failed", self.call.language)))
        self.push(ReplyEnded(turn, ReplyEnd.FAILED))

    # ---- what was heard ----------------------------------------------------------------------------------------

    @on(AgentSpeaking)
    def speaking(self, control: AgentSpeaking) -> None:
        self.audible = control.on
        if not control.on:
            self.pieces, self.unheard = [], []
            self.heard(control.heard)

    @on(Interrupt)
    def interrupted(self, control: Interrupt) -> None:
        self.audible = False
        self.stop()
        self.pieces, self.unheard = [], after(self.pieces, control.heard)
        self.heard(control.heard)

    def heard(self, text: str) -> None:
        if text:
            self.last_reply = self.draft.text
            add(self.history, "assistant", text)
