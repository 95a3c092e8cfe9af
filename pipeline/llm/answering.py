"""The answer to a question: a model's words in pieces, within their time."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial

from pipeline.conversation import Message
from pipeline.events import ModelExchange
from pipeline.frames import Frame, ReplyEnded, ReplyText
from pipeline.llm.apology import Apologies
from pipeline.llm.draft import Draft
from pipeline.llm.preemptive import PreemptiveReply
from pipeline.llm.settings import DialogueSettings
from pipeline.providers.fallback import Request
from pipeline.settings import StepSettings
from pipeline.worker import Worker

LETTER = 0.05  # seconds of speech for a letter, about the least
HOLE = 3.2  # seconds without words in a reply whose next piece does not come; fillers are heard in them


class Answering(Worker):
    """Asks a model, or the first of several that answers, and yields the reply's pieces."""

    share_of_turn = 0.85  # the voice needs the rest
    settings: DialogueSettings

    def __init__(self, settings: StepSettings | None = None, shared: object = None) -> None:
        super().__init__(settings, shared)
        self.pieces: list[str] = []  # of the reply under way
        self.draft, self.last_reply = Draft(self.settings), ""
        self.apologies = Apologies(self.settings.give_up)
        self.sounds_until = 0.0  # loop time to which the reply's words so far are heard, about

    @abstractmethod
    def answer(self, history: list[Message]) -> AsyncGenerator[str, None]:
        """Yield the reply to the conversation's last message, in bits of any size; raise if there is none.

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

    async def _reply(self, turn: int, begun: PreemptiveReply | None) -> AsyncGenerator[Frame, None]:
        self.draft, self.sounds_until = self._draft(self), 0.0
        async with aclosing(self.first_answer(lambda model: self._drafted(begun, model))) as found:
            async for self.draft, piece in found:
                # A piece that is spoken is an answer, whatever becomes of the rest.
                self.apologies.answered()
                self.sounds_until = max(self.sounds_until, self.now) + LETTER * len(piece)
                self.pieces.append(piece)
                yield ReplyText(turn, piece)
        yield ReplyEnded(turn)

    async def _drafted(
        self, begun: PreemptiveReply | None, model: Answering
    ) -> AsyncGenerator[tuple[Draft, str], None]:
        """Yield the pieces of a model's answer and their draft; of the own model, those of the preemptive reply."""
        mine = begun if model is self else None
        draft = mine.draft if mine else self._draft(model)
        async with aclosing(mine.pieces() if mine else draft.pieces(self._ask(model, self.history))) as pieces:
            async for piece in pieces:
                yield draft, piece

    def further(self) -> float:
        return max(0.0, self.sounds_until - self.now) + HOLE

    def _ask(self, model: Answering, history: list[Message]) -> Request[str]:
        return self.new_request(ModelExchange, history[-1].text, model.answer(history))
