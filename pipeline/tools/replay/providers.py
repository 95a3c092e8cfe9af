"""Replacements for the providers of a replayed config: they give the recorded answers, at the recorded moments.

A question that the recording does not have gets the likeliest answer, noted as a guess.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from typing import Any, ClassVar

import msgspec

from pipeline import audio
from pipeline.asr import Recognizer
from pipeline.catalog.spec import Step, fallbacks, takes
from pipeline.echo import EchoGuard
from pipeline.frames import AudioIn, Transcript, TurnDropped, Utterance
from pipeline.llm import Dialogue, Message
from pipeline.llm.asked import Asked
from pipeline.records.reader import Event
from pipeline.tools.replay.answers import Hearing, Item
from pipeline.tools.replay.provider_recording import (
    ProviderRecording,
    RecordedProvider,
    RecordedTimes,
    failure,
    judge,
)
from pipeline.tts.speaker import Speaker
from pipeline.vad import Vad
from pipeline.worker import Worker

DELAY = 0.3  # seconds until an answer, if the recording has no answer to measure
MARGIN = 0.2  # seconds of sound around the voice that a recogniser gets, too
LETTER = 960  # bytes of sound for a letter, 60 ms, if the recording has no answer to measure
PITCH = 220  # Hz of the tone in place of speech that was not recorded


def with_recorded_providers(steps: Sequence[Step], providers: ProviderRecording) -> Iterator[Step]:
    """Yield the steps, each provider replaced by one that gives its recorded answers.

    A vad is replaced only if it hears the sound as it came from the line, an echo guard only if it has heard an echo.
    In a record of a version without fillers, nobody waits for one, and no turn's time runs out; in one of a version
    without pauses, voice interrupts at once.
    """
    if not providers.has_fillers:
        steps = [_with(step, filler_after=0.0, answer_within=60.0) for step in steps]
    if not providers.has_holds:
        steps = [_with(step, confirm=0.0) for step in steps]
    touched = 0  # steps so far that may have changed the sound
    for step in steps:
        if touched == 1 and issubclass(step.kind, Vad):
            yield _with_recorded_judgements(step, providers)
        elif issubclass(step.kind, EchoGuard) and providers.echoes:
            yield _with_recorded_echoes(step, providers)
        else:
            yield _with_recorded_provider(step, providers)
        touched += AudioIn in (*takes(step.kind), *step.kind.gives)


def _with_recorded_judgements(step: Step, providers: ProviderRecording) -> Step:
    """Return a vad that repeats its recorded judgements, if it has any with these settings."""
    judged = providers.judged.get(judge(step.kind.__name__, step.settings))
    if judged is None:
        return step
    return msgspec.structs.replace(step, kind=type(step.kind.__name__, (RecordedVad, step.kind), {"judged": judged}))


def _with_recorded_echoes(step: Step, providers: ProviderRecording) -> Step:
    """Return an echo guard that knows the recorded echoes: they are in the sound, whatever the agent says now."""
    made = type(step.kind.__name__, (RecordedEchoGuard,), {"echoes": tuple(providers.echoes)})
    return msgspec.structs.replace(step, kind=made)


def _with_recorded_provider(step: Step, providers: ProviderRecording) -> Step:
    """Return a step that gives its recorded answers, or, if they are computed again, no earlier than recorded."""
    if not issubclass(step.kind, Worker):
        return _without_fallbacks(step)
    kinds: tuple[tuple[type[Worker], tuple[type[Any], ...]], ...]
    if step.kind.recorded:
        kinds = (
            (Recognizer, (RecordedRecognizer,)),
            (Dialogue, (RecordedDialogue,)),
            (Speaker, (RecordedSpeaker,)),
        )
    else:
        step = _without_fallbacks(step)
        kinds = ((Dialogue, (ComputedDialogue, step.kind)), (Speaker, (ComputedSpeaker, step.kind)))
    for of, bases in kinds:
        if issubclass(step.kind, of):
            # Events name a step by its class, so the class keeps the name of the one that it replaces.
            made = type(step.kind.__name__, bases, {"recording": providers})
            return _without_fallbacks(msgspec.structs.replace(step, kind=made))
    return step


def _with(step: Step, **changed: Any) -> Step:
    """Return a step with other settings; as it is if it lacks one of them."""
    if not changed.keys() <= set(step.settings.__struct_fields__):
        return step
    return msgspec.structs.replace(step, settings=msgspec.structs.replace(step.settings, **changed))


def _without_fallbacks(step: Step) -> Step:
    """Return the step without its fallbacks: their answers are in the recording as the step's own."""
    return _with(step, fallback=()) if any(fallbacks(step)) else step


class RecordedVad(Vad):
    """Repeats the recorded judgements of voice; after the last, the real vad judges."""

    judged: ClassVar[str] = ""  # of each frame, `0` or `1`

    def begin(self) -> None:
        super().begin()
        self.rest = iter(self.judged)

    def hears(self, pcm: bytes) -> bool:
        known = next(self.rest, None)
        return super().hears(pcm) if known is None else known == "1"  # type: ignore[safe-super]  # the real vad


class RecordedEchoGuard(EchoGuard):
    """Takes the voice off the frames of the recorded echoes."""

    echoes: ClassVar[tuple[tuple[float, float], ...]] = ()  # stream time of each start, and its length, in seconds
    until = math.inf

    def is_echo(self, frame: AudioIn) -> bool:
        return bool(frame.voiced) and any(-audio.FUZZ < frame.at - since < length for since, length in self.echoes)


class RecordedRecognizer(Recognizer, RecordedProvider):
    """Gives the recorded words of each utterance; for another utterance, the words spoken in its time, as a guess."""

    def begin(self) -> None:
        self.arrived: dict[int, float] = {}
        self.given = 0.0  # stream time up to which words were given, so that none is given twice
        self.told = -1  # number, in the record, of the last interim words given
        self.recording.tell = self.tell

    def tell(self, interim: Event) -> None:
        """Give recorded interim words; after a guess, only while a turn is open, and for that turn."""
        if interim.no <= self.told:
            return
        self.told, transcript = interim.no, Transcript(**interim.frame)
        if not self.recording.guesses:
            self.push(transcript)
        elif self.chain.turn not in self.arrived or self.waiting:
            self.push(msgspec.structs.replace(transcript, turn=self.chain.turn))

    def heard(self, frame: Utterance | TurnDropped) -> None:
        self.arrived[frame.turn] = self.now
        super().heard(frame)

    async def recognize(self, utterance: Utterance) -> AsyncGenerator[Transcript, None]:
        heard = self.understood(utterance)
        await self.until(self.arrived[utterance.turn] + heard.after)
        for interim in self.recording.interims:
            if self.told < interim.no < heard.no:  # recorded at the same moment, before the final words
                self.told = interim.no
                yield Transcript(**interim.frame)
        if heard.error:
            raise failure(heard.error)
        yield Transcript(utterance.turn, heard.text, True, heard.language, heard.confidence)

    def understood(self, utterance: Utterance) -> Hearing:
        """Return the recorded recognition of this utterance, or a guess of it from the words spoken in its time."""
        started, ended = utterance.started, utterance.ended
        begin, self.given = max(self.given, started - MARGIN), ended + MARGIN
        for each in self.recording.heard:
            if each.is_of(started, ended):
                return each
        words = [(word, each) for each in self.recording.heard for word in each.words_in(begin, self.given)]
        text = " ".join(word for word, _ in words)
        self.unknown(f"another utterance: {started:.2f} to {ended:.2f} s, heard as {text!r}")
        after = statistics.median([each.after for each in self.recording.heard] or [DELAY])
        confidence = min((each.confidence for _, each in words), default=0.0)
        language = words[0][1].language if words else self.call.language
        return Hearing(utterance.turn, started, ended, self.now, after, text, language, confidence)


class RecordedDialogue(Dialogue, RecordedProvider):
    """Gives the recorded answers; to another question, the answer to the most similar one, as a guess."""

    async def answer(self, history: list[Message]) -> AsyncGenerator[str | Asked, None]:
        question, begun = self.question_of(history), self.now
        answer = self.recording.bits.to(question)
        if answer is None:
            answer = self.recording.bits.nearest(question)
            told = f"answered as {answer.to!r}" if answer else "and none like it: no answer"
            await self.until(begun + (answer.items[0].after if answer and answer.items else DELAY))
            self.unknown(f"another question: {question!r}, {told}")
        if answer is not None:
            async with aclosing(self.again(answer, begun)) as bits:
                async for bit in bits:
                    yield bit if isinstance(bit, Asked) else str(bit)


class RecordedSpeaker(Speaker, RecordedProvider):
    """Gives the recorded sound, or silence as long; for another text, a tone of the usual length, as a guess."""

    def filler(self, text: str) -> bytes:
        return self.recording.voices.get("", b"")

    async def sound(self, text: str) -> AsyncGenerator[bytes, None]:
        begun, sounds = self.now, self.recording.sounds
        answer = sounds.to(text)
        if answer is None:
            delay = sounds.typical(lambda it: it.items[0].after, DELAY)
            letter = sounds.typical(lambda it: sum(map(_size, it.items)) / max(1, len(it.to)), LETTER)
            await self.until(begun + delay)
            self.unknown(f"another text to speak: {text!r}")
            yield audio.tone(len(text) * letter / 16000, PITCH)
            return
        given, made = 0, self.recording.voices.get(text, b"")
        async with aclosing(self.again(answer, begun)) as sizes:
            async for size in sizes:
                assert isinstance(size, int)
                piece = made[given : given + size]
                given += size
                yield piece.ljust(size, b"\0")


def _size(sound: Item) -> int:
    return sound.got if isinstance(sound.got, int) else 0


class ComputedDialogue(Dialogue, RecordedTimes):
    """Computes its answers again, each piece no earlier than it was recorded."""

    async def answer(self, history: list[Message]) -> AsyncGenerator[str | Asked, None]:
        recorded = self.recording.bits.to(history[-1].text)
        async with aclosing(self.paced(super().answer(history), recorded)) as bits:  # type: ignore[safe-super]
            async for bit in bits:
                yield bit


class ComputedSpeaker(Speaker, RecordedTimes):
    """Computes its sound again, each piece no earlier than it was recorded."""

    async def sound(self, text: str) -> AsyncGenerator[bytes, None]:
        recorded = self.recording.sounds.to(text)
        async with aclosing(self.paced(super().sound(text), recorded)) as pieces:  # type: ignore[safe-super]
            async for pcm in pieces:
                yield pcm
