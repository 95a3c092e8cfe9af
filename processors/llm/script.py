"""A scripted language model, for tests and benchmarks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from functools import lru_cache
from typing import Annotated, Any

import msgspec

from pipeline.llm import Dialogue, Message, ModelSettings
from pipeline.llm.asked import Asked
from pipeline.settings import Duration, doc
from pipeline.text import sentences

split = lru_cache(256)(sentences)  # cached: in a benchmark it must take no time


def is_use(part: dict[str, Any]) -> bool:
    """True if keys and values of a script ask for a tool."""
    given = part.get("with", {})
    return isinstance(part.get("use"), str) and isinstance(given, dict) and part.keys() <= {"use", "with"}


class ScriptDialogue(Dialogue):
    """Answers each question with the next of the given texts, over and over.

    In the place of a text may stand `{use: NAME, with: {…}}`, which asks for a tool, or a list of texts and such uses:
    the answer after it is the next item of the script.
    """

    class Settings(ModelSettings, frozen=True, kw_only=True):
        say: Annotated[
            list[str | dict[str, Any] | list[str | dict[str, Any]]],
            doc("The replies, one an utterance, over and over.", some=True, sample=["Hello. How can I help you?"]),
        ]
        delay: Annotated[Duration, doc("How long the first sentence takes.", 0, 60)] = 0.0
        gap: Annotated[Duration, doc("How long each further sentence takes.", 0, 60)] = 0.0

        def faults(self) -> Iterable[tuple[str, str]]:
            for number, item in enumerate(self.say, 1):
                for part in item if isinstance(item, list) else [item]:
                    if isinstance(part, dict) and not is_use(part):
                        yield f"say[{number}]", "asks for no tool: write {use: NAME, with: {…}}"

    settings: Settings

    @classmethod
    def fails(cls, settings: Settings) -> bool:
        return bool(settings.delay)  # which may be longer than `answers_within`

    def begin(self) -> None:
        self.said = len(self.call.memory.uses)  # a call that is back goes on behind the uses that it had

    async def answer(self, history: list[Message]) -> AsyncGenerator[str | Asked, None]:
        item = self.settings.say[self.said % len(self.settings.say)]
        self.said += 1
        wait, asked = self.settings.delay, 0
        for part in item if isinstance(item, list) else [item]:
            if isinstance(part, dict):
                if wait:
                    await asyncio.sleep(wait)
                arguments = msgspec.json.encode(part.get("with", {})).decode()
                yield Asked(index=asked, name=part["use"], arguments=arguments, whole=True)
                asked += 1
                continue
            for sentence in split(part):
                if wait:
                    await asyncio.sleep(wait)
                yield sentence + " "
                wait = self.settings.gap
