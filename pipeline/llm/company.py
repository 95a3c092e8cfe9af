"""The sentences of tools: said when one is asked for, and while it takes long, so that the caller has company."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from pipeline.llm.answering import LETTER, Answering
from pipeline.llm.step import Step
from pipeline.memory import Use
from pipeline.text import phrase
from pipeline.tool import SLOW, Tool
from pipeline.uses import Uses
from pipeline.vocabulary import UseOutcome

PATIENCE = 0.9  # seconds without a word in which uses may settle, before the caller hears that they take long
EVERY = 5.0  # seconds to the next such sentence
SENTENCES = 3  # of them in a step
JUST = 2.0  # seconds after a sentence of a tool in which no other one is said


class Company:
    """Chooses the sentences of a call's tools."""

    def __init__(self, worker: Answering, uses: Uses) -> None:
        self._worker, self._call, self._uses = worker, worker.call, uses
        self._delays: set[str] = set()  # sentences that tell of a delay
        self._until = -JUST  # loop time to which the last sentence is heard, about

    def sentence_of(self, name: str, step: Step) -> str:
        """Return the sentence that is said when a tool is asked for; blank if words are heard already.

        That of a tool which ends the agent's part is said once it is not refused.
        """
        tool = self._uses.tools.get(name)
        if step.said or tool is None or tool.ends or self._worker.now < self._until + JUST:
            return ""
        # "I am booking it" before "shall I?" would be a lie.
        if tool.settings.confirm and not self._uses.read_back.is_agreed(name):
            return ""
        return self._next_of(tool, sum(use.name == name for use in self._call.memory.uses))

    async def keep(self, made: Sequence[Use], step: Step) -> AsyncGenerator[str, None]:
        """Wait for the outcomes of uses, and yield a read-back at once, and sentences if it takes long."""
        if read_back := self._uses.read_back.take():
            step.worded = step.reads_back = True
            yield read_back
        self._call.at_work = self._call.company = True
        try:
            async with aclosing(self._delays_until(made)) as sentences:
                async for sentence in sentences:
                    yield sentence
        finally:
            self._call.at_work = self._call.company = False
        if words := self._last_words(made, step):
            step.worded = True
            yield words

    async def _delays_until(self, made: Sequence[Use]) -> AsyncGenerator[str, None]:
        """Yield the sentences of a delay, until all these uses have their outcomes."""
        for number, patience in enumerate((PATIENCE, *[EVERY] * (SENTENCES - 1))):
            silence = max(0.0, self._worker.sounds_until - self._worker.now) + patience
            if await self._uses.wait(made, silence):
                return
            # To a caller who is speaking, or has only coughed, nothing is said of it: the cough may be words.
            if not self._worker.parked:
                yield self._delay(made, number)
        # A tool may take minutes: after three sentences the pacer's soft tone is better company than a fourth.
        self._call.company = False
        await self._uses.wait(made)

    def without_delays(self, pieces: Sequence[str]) -> list[str]:
        """Return the pieces but for those that tell of a delay."""
        return [piece for piece in pieces if piece not in self._delays]

    def _last_words(self, made: Sequence[Use], step: Step) -> str:
        """Return the words before the end of the agent's part, if it has come to it and the model has said none."""
        for use in made:
            tool = self._uses.tools.get(use.name)
            if tool is not None and tool.ends and use.outcome == UseOutcome.DONE and not step.said:
                return self._next_of(tool, 0)
        return ""

    def _next_of(self, tool: Tool, earlier: int) -> str:
        lines = tool.sentences(self._call.language)
        return self._said(lines[earlier % len(lines)]) if lines else ""

    def _delay(self, made: Sequence[Use], number: int) -> str:
        waiting = next(self._uses.tools[use.name] for use in made if use.outcome is None)
        lines = waiting.settings.slow or [phrase(name, self._call.language) for name in SLOW]
        line = lines[number % len(lines)]
        self._delays.add(line)
        return self._said(line)

    def _said(self, sentence: str) -> str:
        # Two tools one after the other would otherwise ask the caller for patience twice in a breath.
        self._until = max(self._worker.now, self._worker.sounds_until) + LETTER * len(sentence)
        return sentence
