"""The answer to a question: a model's words in pieces, within their time."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial

from pipeline.conversation import Message
from pipeline.events import ModelExchange, ReplyResumed
from pipeline.frames import Frame, ReplyEnded, ReplyText
from pipeline.llm.apology import Apologies
from pipeline.llm.asked import Asked
from pipeline.llm.draft import Draft
from pipeline.llm.preemptive import PreemptiveReply
from pipeline.llm.settings import DialogueSettings
from pipeline.memory import Use
from pipeline.processor import on
from pipeline.providers.fallback import Request
from pipeline.settings import StepSettings
from pipeline.tool import Tool
from pipeline.worker import Worker

LETTER = 0.05  # seconds of speech for a letter, about the least
WAITS = 1.0  # seconds after a pause was judged, 1.2 s of silence, for which a reply waits if the model has doubts
HOLE = 3.2  # seconds without words in a reply whose next piece does not come; fillers are heard in them


class Answering(Worker):
    """Asks a model, or the first of several that answers, and yields the reply's pieces."""

    share_of_turn = 0.85  # the voice needs the rest
    settings: DialogueSettings
    # Set on the model that is asked, right before `answer`:
    offered: tuple[Tool, ...] = ()  # the tools that it may ask for
    ahead = False  # the caller's turn is not over: the answer may begin with the mark of words that break off
    words_only = False  # it is to answer in words, and to ask for no tool
    owing: tuple[Use, ...] = ()  # uses whose results the caller has not heard, and is to hear in this answer

    def __init__(self, settings: StepSettings | None = None, shared: object = None) -> None:
        super().__init__(settings, shared)
        self.pieces: list[str] = []  # of the reply under way
        self.audible = False
        self.unheard: list[str] = []  # pieces that an interruption cut off, or that were never audible
        self.parked = False  # the reply in the making is kept to itself: the caller has made a sound
        self.draft, self.last_reply = Draft(self.settings), ""
        self.apologies = Apologies(self.settings.give_up)
        self.paused_at = -WAITS  # loop time at which the caller's pause was judged
        self.sounds_until = 0.0  # loop time to which the reply's words so far are heard, about

    @abstractmethod
    def answer(self, history: list[Message]) -> AsyncGenerator[str | Asked, None]:
        """Yield the reply to the conversation's last message, in bits of any size; raise if there is none.

        A request for one of the tools `offered` is an Asked. The uses so far, with their results, are those of
        `call.memory`: after a request for tools the same conversation is answered again, with their results.
        As a fallback it gets no frames of the call and may use only `history`, `settings`, `shared` and `call`.
        """

    def gives_away(self, text: str) -> bool:
        """True if a reply that begins so must not be said, e.g. repeats the prompt; it ends before its last piece."""
        return False

    @property
    def history(self) -> list[Message]:
        """The call's conversation."""
        return self.call.conversation

    def _draft(self, model: Answering) -> Draft:
        fixed = partial(self.settings.fixed, language=self.call.language)
        return Draft(self.settings, self.last_reply, fixed, model.gives_away)

    async def _reply(self, begun: PreemptiveReply | None) -> AsyncGenerator[Frame, None]:
        self.draft, self.sounds_until = self._draft(self), 0.0
        async with aclosing(self._found(begun)) as found:
            async for self.draft, piece in found:
                if isinstance(piece, Asked):  # of a model in a config without tools
                    continue
                if begun is not None and begun.draft.doubt.told:
                    # Words that go on before a reply is audible are one question with those before.
                    await asyncio.sleep(max(0.0, self.paused_at + WAITS - self.now))
                # A piece that is spoken is an answer, whatever becomes of the rest.
                self.apologies.answered()
                self.sounds_until = max(self.sounds_until, self.now) + LETTER * len(piece)
                # Kept and not pushed: a turn that comes to nothing says all of it, under its own number.
                if self.parked:
                    self.unheard.append(piece)
                else:
                    self.pieces.append(piece)
                    yield ReplyText(self.work_turn, piece)
        if not self.parked:
            yield ReplyEnded(self.work_turn)

    def _found(self, begun: PreemptiveReply | None) -> AsyncGenerator[tuple[Draft, str | Asked], None]:
        """Yield the reply's pieces, each with its draft."""
        return self.first_answer(lambda model: self._drafted(begun, model))

    def park(self) -> None:
        """Keep the reply in the making to itself: the caller has made a sound, which may be words or not.

        The model's request goes on, so that a noise costs nothing of the answer; words end it.
        """
        self.parked = self.working

    @property
    def can_go_on(self) -> bool:
        """True if a reply was interrupted: some of it is not heard yet, or is still made."""
        return bool(self.unheard) or (self.parked and self.working)

    def go_on(self, turn: int) -> None:
        """Say the pieces that were not heard, then the rest of the parked reply as it comes, as those of this turn."""
        self.call.tell(ReplyResumed(turn))
        pieces = self.worth_repeating(self.unheard)
        if not self.working:
            self.say(turn, pieces or self.unheard)
            return
        self.pieces, self.unheard = [], []
        self.work_turn, self.parked = turn, False
        for piece in pieces:
            self.speak(ReplyText(turn, piece))

    def worth_repeating(self, pieces: list[str]) -> list[str]:
        """Return the pieces, cut off by a noise, that are said again while the rest is made."""
        return pieces

    def say(self, turn: int, pieces: list[str]) -> None:
        """Say fixed pieces, in the place of any reply under way."""
        self.stop()
        self.pieces, self.unheard = [], []
        for piece in pieces:
            self.speak(ReplyText(turn, piece))
        self.push(ReplyEnded(turn))

    @on(ReplyText)
    def speak(self, frame: ReplyText) -> None:
        """Push a piece to be spoken: of a fixed sentence, or a greeting from a step above."""
        self.pieces.append(frame.text)
        self.push(frame)

    def stop(self) -> None:
        self.parked = False
        super().stop()

    async def _drafted(
        self, begun: PreemptiveReply | None, model: Answering
    ) -> AsyncGenerator[tuple[Draft, str | Asked], None]:
        """Yield the pieces of a model's answer and their draft; of the own model, those of the preemptive reply."""
        mine = begun if model is self else None
        draft = mine.draft if mine else self._draft(model)
        async with aclosing(mine.pieces() if mine else draft.pieces(self._ask(model, self.history))) as pieces:
            async for piece in pieces:
                yield draft, piece

    def further(self) -> float:
        return max(0.0, self.sounds_until - self.now) + HOLE

    def _ask(self, model: Answering, history: list[Message]) -> Request[str | Asked]:
        return self.new_request(ModelExchange, self.question_of(history), model.answer(history))

    def question_of(self, history: list[Message]) -> str:
        """Return the words that are answered."""
        return history[-1].text
