"""A recogniser for tests and benchmarks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated, Any

from pipeline.asr import Recognizer, RecognizerSettings
from pipeline.frames import Transcript, Utterance
from pipeline.processor import doc
from pipeline.spec import Duration


class ScriptRecognizer(Recognizer):
    """Understands, whatever it hears, the next of some given texts; an empty text is speech without words."""

    class Settings(RecognizerSettings, frozen=True, kw_only=True):
        say: Annotated[list[str], doc("The transcripts, one an utterance, over and over.", some=True)]
        delay: Annotated[Duration, doc("How long recognition takes.", 0, 60)] = 0.0

    settings: Settings

    def __init__(self, settings: Any = None, shared: Any = None) -> None:
        super().__init__(settings, shared)
        self.said = 0

    async def recognize(self, utterance: Utterance) -> AsyncGenerator[Transcript, None]:
        text = self.settings.say[self.said % len(self.settings.say)]
        self.said += 1
        if self.settings.delay:
            await asyncio.sleep(self.settings.delay)
        yield Transcript(utterance.turn, text, True, self.call.language, 1.0)
