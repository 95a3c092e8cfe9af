"""What stands in the place of providers in a replay: it gives what they gave, when they did.

What was asked otherwise than in the recording gets the likeliest answer, and is noted as a guess.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any, ClassVar, TypeVar

import msgspec

from pipeline import audio
from pipeline.asr import Recognizer
from pipeline.frames import CallStarted, Transcript, TurnDropped, Utterance
from pipeline.llm import Dialogue, Message
from pipeline.processor import on
from pipeline.recorded import Event, Recording
from pipeline.spec import Step, fallbacks
from pipeline.tools.replay.given import Answer, Answers, Hearing, hearings
from pipeline.tts import Speaker
from pipeline.worker import Worker

Item = TypeVar("Item")
DELAY = 0.3  # seconds that a provider takes if the recording has none to go by
PATIENCE = 3.0  # seconds to wait for what nobody waited for in the recording
MARGIN = 0.2  # seconds around the voice that a recogniser is given, too
LETTER = 960  # bytes of sound for a letter, 60 ms, if the recording has none to go by
PITCH = 220  # Hz of the tone that stands for a voice that nobody recorded


class Guess(msgspec.Struct, frozen=True):
    """From here on a replay is a guess: `at` in seconds from the call's start."""

    at: float
    turn: int
    why: str


class Take:
    """All that the providers of a recording gave; `guesses` are what a replay asked and the recording has not."""

    def __init__(self, recording: Recording) -> None:
        self.bits, self.sounds = Answers(recording.events, "bit"), Answers(recording.events, "sound")
        self.heard = hearings(recording)
        self.interims = [it for it in recording.events if it.what == "Transcript" and not it.frame["final"]]
        self.guesses: list[Guess] = []
        self.voices: dict[str, bytes] = {}  # the sound of each text, where it was sent


def standing(step: Step, take: Take) -> Step:
    """The step, or what gives in its place what it gave."""
    kinds: tuple[type[_Recorded], ...] = (RecordedEar, RecordedMind, RecordedVoice)
    bases = (Recognizer, Dialogue, Speaker)
    if not issubclass(step.kind, Worker) or not step.kind.outside:
        return _alone(step)
    for kind, of in zip(kinds, bases, strict=True):
        if issubclass(step.kind, of):
            # by the name of what it stands for, which is the one in the record
            return _alone(msgspec.structs.replace(step, kind=type(step.kind.__name__, (kind,), {"take": take})))
    return step


def _alone(step: Step) -> Step:
    """The step without what it falls back on: the recording has what that gave."""
    if not any(fallbacks(step)):
        return step
    return msgspec.structs.replace(step, settings=msgspec.structs.replace(step.settings, fallback=()))


class _Recorded(Worker):
    """What all of them do."""

    take: ClassVar[Take]

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: Any, phrases: tuple[str, ...], language: str) -> AsyncIterator[None]:
        yield None

    async def first_answer(
        self, ask: Callable[[Any], AsyncGenerator[Item, None]], settles: Callable[[Item], bool] = lambda _: True
    ) -> AsyncGenerator[Item, None]:
        async with aclosing(ask(self)) as items:
            async for item in items:
                yield item

    def unknown(self, why: str) -> None:
        """Note that the recording does not have this."""
        self.take.guesses.append(Guess(self.now - self.call.started, self.chain.turn, why))

    async def until(self, at: float) -> None:
        """Wait for a loop time."""
        if at > self.now:
            await asyncio.sleep(at - self.now)

    async def again(self, answer: Answer, begun: float) -> AsyncGenerator[str | int, None]:
        """What was given, at the same pace; raises an error of the name of the one that it ended with."""
        answer.used, last = True, 0.0
        for last, got in answer.items:
            await self.until(begun + last)
            yield got
        await self.until(begun + (last + PATIENCE if answer.ended is None else answer.ended))
        if answer.error:
            raise failure(answer.error)
        if answer.ended is None:
            self.unknown(f"nobody waited for more of what was given to {answer.to!r}")


class RecordedEar(Recognizer, _Recorded):
    """Understands what was understood; of another utterance, the words that were spoken in its time."""

    def __init__(self, settings: Any = None, shared: Any = None) -> None:
        super().__init__(settings, shared)
        self.arrived: dict[int, float] = {}
        self.told = 0  # interim transcripts
        self.given = 0.0  # stream time up to which words have been given: none is given twice

    @on(CallStarted)
    def begin(self, frame: CallStarted) -> None:
        self.listen()
        self.push(frame)

    def listen(self) -> None:
        """Wait for the next words that may still change."""
        if self.told < len(self.take.interims):
            self.later(self.take.interims[self.told].at + self.call.started - self.now, self.tell)

    def tell(self) -> None:
        event: Event = self.take.interims[self.told]
        self.told += 1
        self.listen()
        if not self.take.guesses:
            self.push(Transcript(**event.frame))
        elif self.chain.turn not in self.arrived or self.waiting:
            self.push(Transcript(**{**event.frame, "turn": self.chain.turn}))

    def heard(self, frame: Utterance | TurnDropped) -> None:
        self.arrived[frame.turn] = self.now
        super().heard(frame)

    async def recognize(self, utterance: Utterance) -> AsyncGenerator[Transcript, None]:
        heard = self.understood(utterance)
        await self.until(self.arrived[utterance.turn] + heard.after)
        if heard.error:
            raise failure(heard.error)
        yield Transcript(utterance.turn, heard.text, True, heard.language, heard.confidence)

    def understood(self, utterance: Utterance) -> Hearing:
        """What the recogniser made of this, or would have."""
        started, ended = utterance.started, utterance.ended
        begin, self.given = max(self.given, started - MARGIN), ended + MARGIN
        for each in self.take.heard:
            if each.is_of(started, ended):
                return each
        words = [(word, each) for each in self.take.heard for word in each.words_in(begin, self.given)]
        text = " ".join(word for word, _ in words)
        self.unknown(f"another utterance: {started:.2f} to {ended:.2f} s, heard as {text!r}")
        after = statistics.median([each.after for each in self.take.heard] or [DELAY])
        confidence = min((each.confidence for _, each in words), default=0.0)
        language = words[0][1].language if words else self.call.language
        return Hearing(utterance.turn, started, ended, self.now, after, text, language, confidence)


class RecordedMind(Dialogue, _Recorded):
    """Answers as was answered; another question as the one that was most like it."""

    async def answer(self, history: list[Message]) -> AsyncGenerator[str, None]:
        question, begun = history[-1].text, self.now
        answer = self.take.bits.to(question)
        if answer is None:
            answer = self.take.bits.nearest(question)
            told = f"answered as {answer.to!r}" if answer else "and none like it: no answer"
            await self.until(begun + (answer.items[0][0] if answer and answer.items else DELAY))
            self.unknown(f"another question: {question!r}, {told}")
        if answer is not None:
            async with aclosing(self.again(answer, begun)) as bits:
                async for bit in bits:
                    yield str(bit)


class RecordedVoice(Speaker, _Recorded):
    """Speaks what was spoken, as it was sent; a text that was not is a tone of the voice's usual length."""

    async def sound(self, text: str) -> AsyncGenerator[bytes, None]:
        begun, sounds = self.now, self.take.sounds
        answer = sounds.to(text)
        if answer is None:
            delay = sounds.typical(lambda it: it.items[0][0], DELAY)
            letter = sounds.typical(lambda it: sum(int(got) for _, got in it.items) / max(1, len(it.to)), LETTER)
            await self.until(begun + delay)
            self.unknown(f"another text to speak: {text!r}")
            yield audio.tone(len(text) * letter / 16000, PITCH)
            return
        given, made = 0, self.take.voices.get(text, b"")
        async with aclosing(self.again(answer, begun)) as sizes:
            async for size in sizes:
                piece = made[given : given + int(size)]
                given += int(size)
                yield piece.ljust(int(size), b"\0")


def failure(name: str) -> RuntimeError:
    """An error of this name."""
    found: RuntimeError = type(name, (RuntimeError,), {})("as in the recording")
    return found
