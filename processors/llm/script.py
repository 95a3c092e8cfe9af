"""A scripted language model, for tests and benchmarks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from functools import lru_cache
from typing import Annotated

from pipeline.llm import Dialogue, Message, ModelSettings
from pipeline.settings import Duration, doc
from pipeline.text import sentences

split = lru_cache(256)(sentences)  # cached: in a benchmark it must take no time


class ScriptDialogue(Dialogue):
    """Answers each question with the next of the given texts, over and over."""

    class Settings(ModelSettings, frozen=True, kw_only=True):
        say: Annotated[
            list[str],
            doc("The replies, one an utterance, over and over.", some=True, sample=["Hello. How can I help you?"]),
        ]
        delay: Annotated[Duration, doc("How long the first sentence takes.", 0, 60)] = 0.0
        gap: Annotated[Duration, doc("How long each further sentence takes.", 0, 60)] = 0.0

    settings: Settings

    @classmethod
    def fails(cls, settings: Settings) -> bool:
        return bool(settings.delay)  # which may be longer than `answers_within`

    def begin(self) -> None:
        self.said = 0

    async def answer(self, history: list[Message]) -> AsyncGenerator[str, None]:
        text = self.settings.say[self.said % len(self.settings.say)]
        self.said += 1
        wait = self.settings.delay
        for sentence in split(text):
            if wait:
                await asyncio.sleep(wait)
            yield sentence + " "
            wait = self.settings.gap
