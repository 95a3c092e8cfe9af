"""A scripted recogniser for tests and benchmarks."""

from __future__ import annotations

import asyncio
from asyncio import TimerHandle
from collections.abc import AsyncGenerator
from typing import Annotated

from pipeline.asr import Recognizer, RecognizerSettings, Vocabulary
from pipeline.frames import SpeechHeld, SpeechStarted, Transcript, Utterance
from pipeline.settings import Duration, doc


class ScriptRecognizer(Recognizer):
    """Gives the next of some fixed texts for each utterance; a blank one is speech without words."""

    class Settings(RecognizerSettings, frozen=True, kw_only=True):
        say: Annotated[
            list[str], doc("The transcripts, one for each utterance, over and over.", some=True, sample=["hello"])
        ]
        delay: Annotated[Duration, doc("How long recognition takes.", 0, 60)] = 0.0

        interim: Annotated[Duration, doc("Time between interim words; 0s: no interim transcripts.", 0, 60)] = 0.0

    settings: Settings

    @classmethod
    def fails(cls, settings: Settings) -> bool:
        return bool(settings.delay)  # a delay may be too long

    @classmethod
    def vocabulary(cls, settings: Settings) -> Vocabulary:
        return Vocabulary(phrases=tuple(settings.say), fixed=True)

    def begin(self) -> None:
        self.said = 0
        self.ahead: TimerHandle | None = None  # timer of the next interim word
        self.turn = -1  # the one that it belongs to

    def open_turn(self, frame: SpeechHeld | SpeechStarted) -> None:
        self.hush()
        self.turn = frame.turn
        # Turns that wait for recognition will take the next texts, though `said` does not count them yet.
        waiting = sum(isinstance(each, Utterance) for each in list(self.waiting)[1:])
        words = self.settings.say[(self.said + waiting) % len(self.settings.say)].split()
        self.tell(frame.turn, words, 0)

    def tell(self, turn: int, words: list[str], count: int) -> None:
        """Push the first `count` words as an interim transcript, and schedule the next."""
        self.ahead = None
        if count:
            self.push(Transcript(turn, " ".join(words[:count]), False, self.call.language))
        if self.settings.interim and count < len(words):
            self.ahead = self.later(self.settings.interim, lambda: self.tell(turn, words, count + 1))

    def hush(self) -> None:
        """Push no more interim words."""
        self.cancel_timer(self.ahead)
        self.ahead = None

    async def recognize(self, utterance: Utterance) -> AsyncGenerator[Transcript, None]:
        text = self.settings.say[self.said % len(self.settings.say)]
        self.said += 1
        if self.settings.delay:
            await asyncio.sleep(self.settings.delay)
        if utterance.turn == self.turn:
            self.hush()
        yield Transcript(utterance.turn, text, True, self.call.language, 1.0)
