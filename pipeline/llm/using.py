"""The steps of a reply that uses tools: the model is asked, its uses settle, and it is asked again with the results."""

from __future__ import annotations

from abc import abstractmethod
from asyncio import Task
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import cached_property

from pipeline.conversation import Message
from pipeline.llm.answering import Answering
from pipeline.llm.asked import Asked
from pipeline.llm.company import Company
from pipeline.llm.draft import Draft
from pipeline.llm.leaving import Leaving
from pipeline.llm.preemptive import PreemptiveReply
from pipeline.llm.step import Step
from pipeline.llm.telling import Telling
from pipeline.memory import Use
from pipeline.providers.fallback import Request
from pipeline.settings import StepSettings
from pipeline.uses import Uses
from pipeline.uses.running import Outcome
from pipeline.uses.under_way import Moment

TWICE = 2  # answers of a reply with arguments that do not fit, after which the model is asked for words


class Using(Answering):
    """Answers in steps: asks the model, waits for the uses of tools that it asks for, and asks again."""

    def __init__(self, settings: StepSettings | None = None, shared: object = None) -> None:
        super().__init__(settings, shared)
        self.step = Step()
        self.leaving, self.telling = Leaving(), Telling()

    @cached_property
    def uses(self) -> Uses:
        """The uses of the call's tools."""
        return Uses(self, self.settled)

    @cached_property
    def company(self) -> Company:
        """The sentences of the call's tools."""
        return Company(self, self.uses)

    @abstractmethod
    def settled(self) -> None:
        """Take note that a use has its outcome."""

    # ---- the model ---------------------------------------------------------------------------------------------

    def _found(self, begun: PreemptiveReply | None) -> AsyncGenerator[tuple[Draft, str | Asked], None]:
        return self._steps(begun) if self.call.tools else super()._found(begun)

    def _draft(self, model: Answering) -> Draft:
        draft = super()._draft(model)
        if self.call.tools:
            draft.go_on(self.step.before, uses=not self.step.words_only)
        return draft

    def _ask(self, model: Answering, history: list[Message]) -> Request[str | Asked]:
        # Right before its answer begins: a model that is asked as another one's fallback has to be offered the same.
        if self.call.tools:
            model.offered, model.words_only, model.owing = self.uses.offered, self.step.words_only, self.step.known
        return super()._ask(model, history)

    def question_of(self, history: list[Message]) -> str:
        # Some of the reply may have been heard since.
        return next((line.text for line in reversed(history) if line.role == "user"), "")

    def time_limit(self) -> float:
        # The turn's time is for its first answer: when tools have taken theirs, hardly any is left of it.
        return self.answers_within if self.step.further else super().time_limit()

    def worth_repeating(self, pieces: list[str]) -> list[str]:
        return self.company.without_delays(pieces) if self.call.tools else pieces

    # ---- the steps of a reply --------------------------------------------------------------------------------------

    def first_step(self) -> None:
        """Begin a reply."""
        self.uses.malformed = 0
        self.step = Step(tuple(self.uses.owed))

    async def _steps(self, begun: PreemptiveReply | None) -> AsyncGenerator[tuple[Draft, str], None]:
        self.first_step()
        self.telling.forget()
        for number in range(1, self.settings.steps + 1):
            words_only = number == self.settings.steps or self.uses.malformed >= TWICE
            self.step = self.step.next(self.uses.owed, words_only, further=number > 1)
            async with aclosing(self._step(begun)) as found:
                async for item in found:
                    yield item
            if not self.step.asked:
                return
            made = self.uses.take(self.step.requests, self._moment(), begun.looked_up if begun is not None else {})
            begun = None
            # A tool that asks the caller for keys waits for them: the reply has to end, so that they have the word.
            waited = [use for use in made if use.outcome is not None or not self.uses.tools[use.name].asks]
            async with aclosing(self.company.keep(waited, self.step)) as sentences:
                async for sentence in sentences:
                    yield self.draft, sentence
            if not waited or self._is_over(made):  # the caller's word, or their keys, are next
                return

    async def _step(self, begun: PreemptiveReply | None) -> AsyncGenerator[tuple[Draft, str], None]:
        """Yield the pieces of one answer, and the sentence of the tool that it asks for before it has said any."""
        step = self.step
        answer = self.first_answer(lambda model: self._drafted(begun, model), _settles)
        async with aclosing(answer) as found:
            async for step.draft, item in found:
                if isinstance(item, Asked):
                    step.asked += [item] if item.whole else []
                    item = self.company.sentence_of(item.name, step)
                # The model was asked with the results known then: whatever it says may tell them, and all other words,
                # such as a sentence of a tool, cannot.
                else:
                    step.answered = True
                    self.telling.knows(item, step.known)
                if item:
                    step.worded = step.said = True
                    yield step.draft, item

    def look_up(self, asked: Asked) -> tuple[tuple[str, str], Task[Outcome]] | None:
        """Begin a use that a guess asks for, if its tool may be asked ahead; None if not."""
        return self.uses.look_up(asked.name, asked.arguments) if asked.whole else None

    def _moment(self) -> Moment:
        return Moment(self.work_turn, self.step.worded, self.audible, self.parked, self.telling.numbers)

    def _is_over(self, made: Sequence[Use]) -> bool:
        """True if the model is not asked again after these uses: the reply is whole, or the caller's word is next."""
        results = [result for use in made if (result := self.uses.results.pop(use.number, None)) is not None]
        # Meant only now, in the reply that has asked for it: if that has died meanwhile, the caller's words have
        # withdrawn it, and the model decides anew.
        for result in results:
            if result.then is not None:
                self.leaving.mean(result.then)
        last = self.step.worded and any(result.last for result in results)  # in a silent reply words have to follow
        return self.step.reads_back or last or self.step.is_whole


def _settles(found: tuple[Draft, str | Asked]) -> bool:
    """True if an item of an answer decides for its model: before its arguments are whole, a use may still break off."""
    _, item = found
    return not isinstance(item, Asked) or item.whole
