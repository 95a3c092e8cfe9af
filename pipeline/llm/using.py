"""The steps of a reply that uses tools: the model is asked, its uses settle, and it is asked again with the results."""

from __future__ import annotations

from abc import abstractmethod
from asyncio import Task
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import cached_property

from pipeline.conversation import Message
from pipeline.llm.answering import LETTER, Answering
from pipeline.llm.asked import Asked
from pipeline.llm.draft import Draft
from pipeline.llm.leaving import Leaving
from pipeline.llm.preemptive import PreemptiveReply
from pipeline.memory import Use
from pipeline.providers.fallback import Request
from pipeline.settings import StepSettings
from pipeline.text import normalise, phrase
from pipeline.tool import SLOW, Tool
from pipeline.uses import Uses
from pipeline.uses.running import Outcome
from pipeline.uses.uses import Moment
from pipeline.vocabulary import UseOutcome

PATIENCE = 0.9  # seconds without a word in which uses may settle, before the caller hears that they take long
EVERY = 5.0  # seconds to the next such sentence
SENTENCES = 3  # of them in a step
TWICE = 2  # answers of a reply with arguments that do not fit, after which the model is asked for words
JUST = 2.0  # seconds after a sentence of a tool in which no other one is said


@dataclass
class Step:
    """One question to the model, of the several that a reply with tools may have."""

    known: tuple[Use, ...] = ()  # the uses whose results it is told, and the caller is not
    words_only: bool = False  # it is offered no tool
    before: Sequence[str] = ()  # the model's pieces in the steps before
    worded: bool = False  # the reply has words
    further: bool = False  # it is not the first
    said: bool = False  # and some of them in this step
    answered: bool = False  # of the model
    reads_back: bool = False  # an effect was read back: the caller's word is next
    asked: list[Asked] = field(default_factory=list)
    draft: Draft | None = None

    @property
    def meant(self) -> Sequence[str]:
        """The model's pieces so far."""
        return self.before if self.draft is None else self.draft.meant

    @property
    def is_whole(self) -> bool:
        """True if the reply has reached its limits."""
        return self.draft is not None and self.draft.is_whole


class Using(Answering):
    """Answers in steps: asks the model, waits for the uses of tools that it asks for, and asks again."""

    def __init__(self, settings: StepSettings | None = None, shared: object = None) -> None:
        super().__init__(settings, shared)
        self.step = Step()
        self.leaving = Leaving()
        self.informed: dict[str, tuple[Use, ...]] = {}  # pieces of the reply, and the uses whose results they may tell
        self._waiting: set[str] = set()  # sentences of company: one that was cut off is not said again
        self._filled = -JUST  # loop time to which a tool's own sentence is heard, about

    @cached_property
    def uses(self) -> Uses:
        """The uses of the call's tools."""
        return Uses(self, self.settled)

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
        if self.call.tools:
            model.offered, model.words_only, model.owing = self.uses.offered, self.step.words_only, self.step.known
        return super()._ask(model, history)

    def question_of(self, history: list[Message]) -> str:
        """Return the words that are answered; some of a reply may have been heard since."""
        return next((line.text for line in reversed(history) if line.role == "user"), "")

    def first_step(self) -> None:
        """Begin a reply."""
        self.uses.malformed = 0
        self.step = Step(tuple(self.uses.owed))

    async def _steps(self, begun: PreemptiveReply | None) -> AsyncGenerator[tuple[Draft, str], None]:
        self.first_step()
        self.informed = {}
        for left in reversed(range(self.settings.steps)):
            words_only = not left or self.uses.malformed >= TWICE
            further = left < self.settings.steps - 1
            self.step = Step(tuple(self.uses.owed), words_only, self.step.meant, self.step.worded, further)
            async with aclosing(self._step(begun)) as found:
                async for item in found:
                    yield item
            if not self.step.asked:
                return
            asked = [(it.name, it.arguments) for it in self.step.asked]
            made = self.uses.take(asked, self._moment(), begun.looked_up if begun is not None else {})
            begun = None
            waited = [use for use in made if use.outcome is not None or not self.uses.tools[use.name].asks]
            async with aclosing(self._company(waited)) as sentences:
                async for sentence in sentences:
                    yield self.draft, sentence
            if not waited or self._is_over(made):  # the caller's word, or their keys, are next
                return

    async def _step(self, begun: PreemptiveReply | None) -> AsyncGenerator[tuple[Draft, str], None]:
        """Yield the pieces of one answer, after each the words of the tool that it asks for, if it has said none."""
        step = self.step
        async with aclosing(self.first_answer(lambda model: self._drafted(begun, model))) as found:
            async for step.draft, item in found:
                if isinstance(item, Asked):
                    step.asked += [item] if item.whole else []
                    item = self._sentence_of(item.name)
                else:
                    step.answered = True
                    if step.known:
                        self.informed[item] = step.known
                if item:
                    step.worded = step.said = True
                    yield step.draft, item

    def time_limit(self) -> float:
        # The turn's time is for its first answer: when tools have taken theirs, hardly any is left of it.
        return self.answers_within if self.step.further else super().time_limit()

    def look_up(self, asked: Asked) -> tuple[tuple[str, str], Task[Outcome]] | None:
        """Begin a use that a guess asks for, if its tool may be asked ahead; None if not."""
        return self.uses.look_up(asked.name, asked.arguments) if asked.whole else None

    def _moment(self) -> Moment:
        telling = frozenset(use.number for known in self.informed.values() for use in known)
        return Moment(self.work_turn, self.step.worded, self.audible, self.parked, telling)

    def _is_over(self, made: Sequence[Use]) -> bool:
        """True if the model is not asked again after these uses: the reply is whole, or the caller's word is next."""
        results = [result for use in made if (result := self.uses.results.pop(use.number, None)) is not None]
        for result in results:
            if result.then is not None:
                self.leaving.mean(result.then)
        last = self.step.worded and any(result.last for result in results)  # in a silent reply words have to follow
        return self.step.reads_back or last or self.step.is_whole

    # ---- the tools' words --------------------------------------------------------------------------------------

    def _sentence_of(self, name: str) -> str:
        """Return the sentence that is said when a tool is asked for; blank if words are heard already.

        That of a tool which ends the agent's part is said once it is not refused.
        """
        tool = self.uses.tools.get(name)
        if self.step.said or tool is None or tool.ends or self.now < self._filled + JUST:
            return ""
        if tool.settings.confirm and not self.uses.read_back.is_agreed(name):
            return ""
        return self._next_of(tool, sum(use.name == name for use in self.call.memory.uses))

    def _last_words(self, made: Sequence[Use]) -> str:
        """Return the words before the end of the agent's part, if it has come to it and the model has said none."""
        for use in made:
            tool = self.uses.tools.get(use.name)
            if tool is not None and tool.ends and use.outcome != UseOutcome.REFUSED and not self.step.said:
                return self._next_of(tool, 0)
        return ""

    def _next_of(self, tool: Tool, earlier: int) -> str:
        lines = tool.sentences(self.call.language)
        return self._filling(lines[earlier % len(lines)]) if lines else ""

    def _filling(self, sentence: str) -> str:
        self._filled = max(self.now, self.sounds_until) + LETTER * len(sentence)
        return sentence

    async def _company(self, made: Sequence[Use]) -> AsyncGenerator[str, None]:
        """Wait for the outcomes of uses, and yield a read-back at once, and sentences if it takes long."""
        read_back = self.uses.read_back.take()
        self.step.reads_back = bool(read_back)
        if words := read_back or self._last_words(made):
            self.step.worded = True
            yield words
        self.call.at_work = self.call.company = True
        try:
            for number, patience in enumerate((PATIENCE, *[EVERY] * (SENTENCES - 1))):
                silence = max(self.now, self.sounds_until) + patience - self.now
                if await self.uses.wait(made, silence):
                    return
                if not self.parked:
                    yield self._filling(self._slow(made, number))
            self.call.company = False
            await self.uses.wait(made)
        finally:
            self.call.at_work = self.call.company = False

    def worth_repeating(self, pieces: list[str]) -> list[str]:
        return [piece for piece in pieces if piece not in self._waiting]

    def _slow(self, made: Sequence[Use], number: int) -> str:
        waiting = next(self.uses.tools[use.name] for use in made if use.outcome is None)
        lines = waiting.settings.slow or [phrase(name, self.call.language) for name in SLOW]
        line = lines[number % len(lines)]
        self._waiting.add(line)
        return line

    # ---- what the caller has heard of ------------------------------------------------------------------------------

    def tells(self, pieces: Sequence[str], heard: str) -> None:
        """Note that of these pieces so much was heard: the results that those may tell are told."""
        left = _length(heard)
        for piece in pieces if self.informed else ():
            if left <= 0:
                break
            left -= _length(piece)
            for use in self.informed.pop(piece, ()):
                use.told = True

    def instead(self) -> list[str]:
        """Return the sentences said when the model fails: those of effects that were done, and are not told yet."""
        found = []
        for use in () if self.step.answered else self.step.known:
            tool = self.uses.tools.get(use.name)
            if tool is not None and use.effect and use.outcome == UseOutcome.DONE and tool.settings.done:
                self.informed[tool.settings.done] = (use,)
                found.append(tool.settings.done)
        return found


def _length(text: str) -> int:
    return len(normalise(text).replace(" ", ""))
