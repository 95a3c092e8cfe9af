"""What stands in the place of providers in a replay: it gives what they gave, when they did.

What was asked otherwise than in the recording gets the likeliest answer, and is noted as a guess.
"""

from __future__ import annotations

import statistics
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from typing import ClassVar

import msgspec

from pipeline import audio
from pipeline.asr import Recognizer
from pipeline.catalog.spec import Step, fallbacks, takes
from pipeline.frames import AudioIn, Transcript, TurnDropped, Utterance
from pipeline.llm import Dialogue, Message
from pipeline.records.reader import Event
from pipeline.tools.replay.answers import Hearing
from pipeline.tools.replay.provider_recording import ProviderRecording, RecordedProvider, failure, judge
from pipeline.tts.voice import Speaker
from pipeline.vad import Vad
from pipeline.worker import Worker

DELAY = 0.3  # seconds that a provider takes if the recording has none to go by
MARGIN = 0.2  # seconds around the voice that a recogniser is given, too
LETTER = 960  # bytes of sound for a letter, 60 ms, if the recording has none to go by
PITCH = 220  # Hz of the tone that stands for a voice that nobody recorded


def with_recorded_providers(steps: Sequence[Step], providers: ProviderRecording) -> Iterator[Step]:
    """The steps, or what gives in their places what they gave."""
    touched = 0  # steps so far that may have changed the sound
    for step in steps:
        yield (
            _with_recorded_judgements(step, providers)
            if touched == 1 and issubclass(step.kind, Vad)
            else _with_recorded_provider(step, providers)
        )
        touched += AudioIn in (*takes(step.kind), *step.kind.gives)


def _with_recorded_judgements(step: Step, providers: ProviderRecording) -> Step:
    """A vad that hears what came from the line need not judge again what it has judged."""
    judged = providers.judged.get(judge(step.kind.__name__, step.settings))
    if judged is None:
        return step
    return msgspec.structs.replace(step, kind=type(step.kind.__name__, (RecordedVad, step.kind), {"judged": judged}))


def _with_recorded_provider(step: Step, providers: ProviderRecording) -> Step:
    kinds: tuple[type[RecordedProvider], ...] = (RecordedRecognizer, RecordedDialogue, RecordedSpeaker)
    bases = (Recognizer, Dialogue, Speaker)
    if not issubclass(step.kind, Worker) or not step.kind.recorded:
        return _without_fallbacks(step)
    for kind, of in zip(kinds, bases, strict=True):
        if issubclass(step.kind, of):
            # by the name of what it stands for, which is the one in the record
            return _without_fallbacks(
                msgspec.structs.replace(step, kind=type(step.kind.__name__, (kind,), {"recording": providers}))
            )
    return step


def _without_fallbacks(step: Step) -> Step:
    """The step without what it falls back on: the recording has what that gave."""
    if not any(fallbacks(step)):
        return step
    return msgspec.structs.replace(step, settings=msgspec.structs.replace(step.settings, fallback=()))


class RecordedVad(Vad):
    """Judges as was judged, and then goes on by itself."""

    judged: ClassVar[str] = ""  # of each frame, `0` or `1`

    def begin(self) -> None:
        super().begin()
        self.rest = iter(self.judged)

    def hears(self, pcm: bytes) -> bool:
        known = next(self.rest, None)
        return super().hears(pcm) if known is None else known == "1"  # type: ignore[safe-super]  # of the real one


class RecordedRecognizer(Recognizer, RecordedProvider):
    """Understands what was understood; of another utterance, the words that were spoken in its time."""

    def begin(self) -> None:
        self.arrived: dict[int, float] = {}
        self.given = 0.0  # stream time up to which words have been given: none is given twice
        self.told = -1  # the number of the last words that were told and might still change
        self.recording.tell = self.tell

    def tell(self, interim: Event) -> None:
        """Give words that may still change."""
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
            if self.told < interim.no < heard.no:  # at the same moment, but before
                self.told = interim.no
                yield Transcript(**interim.frame)
        if heard.error:
            raise failure(heard.error)
        yield Transcript(utterance.turn, heard.text, True, heard.language, heard.confidence)

    def understood(self, utterance: Utterance) -> Hearing:
        """What the recogniser made of this, or would have."""
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
    """Answers as was answered; another question as the one that was most like it."""

    async def answer(self, history: list[Message]) -> AsyncGenerator[str, None]:
        question, begun = history[-1].text, self.now
        answer = self.recording.bits.to(question)
        if answer is None:
            answer = self.recording.bits.nearest(question)
            told = f"answered as {answer.to!r}" if answer else "and none like it: no answer"
            await self.until(begun + (answer.items[0][0] if answer and answer.items else DELAY))
            self.unknown(f"another question: {question!r}, {told}")
        if answer is not None:
            async with aclosing(self.again(answer, begun)) as bits:
                async for bit in bits:
                    yield str(bit)


class RecordedSpeaker(Speaker, RecordedProvider):
    """Speaks what was spoken, as it was sent; a text that was not is a tone of the voice's usual length."""

    async def sound(self, text: str) -> AsyncGenerator[bytes, None]:
        begun, sounds = self.now, self.recording.sounds
        answer = sounds.to(text)
        if answer is None:
            delay = sounds.typical(lambda it: it.items[0][0], DELAY)
            letter = sounds.typical(lambda it: sum(int(got) for _, got in it.items) / max(1, len(it.to)), LETTER)
            await self.until(begun + delay)
            self.unknown(f"another text to speak: {text!r}")
            yield audio.tone(len(text) * letter / 16000, PITCH)
            return
        given, made = 0, self.recording.voices.get(text, b"")
        async with aclosing(self.again(answer, begun)) as sizes:
            async for size in sizes:
                piece = made[given : given + int(size)]
                given += int(size)
                yield piece.ljust(int(size), b"\0")
