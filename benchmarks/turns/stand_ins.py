"""Stand-ins for a config's providers: a recogniser that knows the caller's words, a model and a voice that take a time.

They are steps like any other, and use a step's public interface alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Protocol, cast

import msgspec

from benchmarks.turns.book import Book, Word
from benchmarks.turns.clips import read
from pipeline import audio
from pipeline.asr import Recognizer, RecognizerSettings
from pipeline.catalog.spec import Step
from pipeline.config import Config
from pipeline.faults import UsageError
from pipeline.frames import AudioIn, SpeechHeld, SpeechStarted, Transcript, TurnDropped, Utterance
from pipeline.llm import Dialogue, Message, ModelSettings
from pipeline.processor import on
from pipeline.settings import Duration, doc
from pipeline.tts import Voice, VoiceSettings

BEHIND, MODEL, VOICE = 0.25, 0.35, 0.2  # seconds that recognition, the model and the voice take
BEFORE = 0.25  # seconds before a turn's first voiced frame from which its words are heard
AFTER = 0.1  # seconds after its last voiced frame up to which they are


class Telephone(Protocol):
    """The far end of a call's line: the words said there, and the replies that it is to get."""

    said: Sequence[Word]  # in seconds of the call

    def reply(self, number: int) -> str:
        """Return the agent's reply to the caller's question of this number, from 0 on."""


class Timing(msgspec.Struct, frozen=True):
    """The time that each stand-in takes, in seconds."""

    asr: float = BEHIND
    llm: float = MODEL
    tts: float = VOICE


AT_ONCE = Timing(0.0, 0.0, 0.0)


class OracleRecognizer(Recognizer):
    """Gives the words said on the line, each `delay` after its end, and the final ones `delay` after a turn."""

    class Settings(RecognizerSettings, frozen=True, kw_only=True):
        delay: Annotated[Duration, doc("How far recognition is behind.", 0, 60)] = BEHIND

    settings: Settings

    def begin(self) -> None:
        self.turn, self.since, self.told = 0, 0.0, 0
        self.given = 0.0  # stream time up to which words have been final

    def said(self, since: float) -> list[Word]:
        """Return the words from a time of the stream on, seconds, those that a clip has still to say included."""
        return [word for word in cast(Telephone, self.call.wire).said if word.middle > since]

    def open_turn(self, frame: SpeechHeld | SpeechStarted) -> None:
        self.turn, self.told = frame.turn, 0
        self.since = max(self.given, frame.at - BEFORE)

    def heard(self, frame: Utterance | TurnDropped) -> None:
        if isinstance(frame, TurnDropped) and frame.turn == self.turn:
            self.turn = 0
        super().heard(frame)

    @on(AudioIn)
    def hear(self, frame: AudioIn) -> None:
        self.push(frame)
        if self.turn:
            over = frame.at + audio.FRAME_SECONDS - self.settings.delay
            found = [word.text for word in self.said(self.since) if word.end <= over]
            if len(found) > self.told:
                self.told = len(found)
                self.push(Transcript(self.turn, " ".join(found), False, self.call.language))

    async def recognize(self, utterance: Utterance) -> AsyncGenerator[Transcript, None]:
        if self.settings.delay:
            await asyncio.sleep(self.settings.delay)
        since = max(self.given, utterance.started - BEFORE)
        self.given = utterance.ended + AFTER
        if utterance.turn == self.turn:
            self.turn = 0  # no more interim words
        text = " ".join(word.text for word in self.said(since) if word.middle <= self.given)
        yield Transcript(utterance.turn, text, True, self.call.language, 1.0)


class OracleDialogue(Dialogue):
    """Answers each question of the caller with the reply that the line has for it."""

    class Settings(ModelSettings, frozen=True, kw_only=True):
        delay: Annotated[Duration, doc("How long the first words take.", 0, 60)] = MODEL

    settings: Settings

    async def answer(self, history: list[Message]) -> AsyncGenerator[str, None]:
        if self.settings.delay:
            await asyncio.sleep(self.settings.delay)
        asked = sum(message.role == "user" for message in history)
        yield cast(Telephone, self.call.wire).reply(asked - 1)


@lru_cache(4)
def book(folder: str) -> Book:
    """Return the agent's sentences of a set."""
    return Book(read(Path(folder))["agent"])


class ClipVoice(Voice):
    """Speaks with the agent's clips of a set."""

    class Settings(VoiceSettings, frozen=True, kw_only=True):
        folder: Annotated[str, doc("The set's folder.")] = ""
        delay: Annotated[Duration, doc("How long the first sound takes.", 0, 60)] = VOICE

    settings: Settings

    @classmethod
    @asynccontextmanager
    async def engine(cls, settings: Any, language: str) -> AsyncIterator[Book]:
        yield book(settings.folder)

    async def synthesize(self, text: str) -> AsyncGenerator[bytes, None]:
        if self.settings.delay:
            await asyncio.sleep(self.settings.delay)
        yield audio.decode(self.shared.engine.sound(text))


def with_stand_ins(config: Config, folder: Path, timing: Timing) -> Config:
    """Return a config with the stand-ins in the place of its providers; no breath if they take no time.

    Raises UsageError if it lacks one of the three.
    """
    given: dict[type[Any], dict[str, Any]] = {
        OracleRecognizer: {"delay": timing.asr},
        OracleDialogue: {"delay": timing.llm, "max_chars": 4000, "max_sentences": 50},
        ClipVoice: {"delay": timing.tts, "folder": str(folder)},
    }
    steps = [_in_place(step, given) for step in config.steps]
    for kind, word in zip(given, ("asr", "llm", "tts"), strict=True):
        if not any(step.kind is kind for step in steps):
            raise UsageError(f"{config.name}: turn-taking needs a step `{word}`, and its pipeline has none")
    return msgspec.structs.replace(config, steps=tuple(map(_without_breath, steps) if timing == AT_ONCE else steps))


def _in_place(step: Step, given: dict[type[Any], dict[str, Any]]) -> Step:
    for kind, own in given.items():
        general: Any = kind.__mro__[1]
        if issubclass(step.kind, general):
            fields = general.Settings.__struct_fields__
            kept = {name: getattr(step.settings, name) for name in fields if hasattr(step.settings, name)}
            settings = kind.Settings(**{**kept, **own, "fallback": ()})
            return msgspec.structs.replace(step, kind=kind, settings=settings)
    return step


def _without_breath(step: Step) -> Step:
    fields = {name: 0.0 for name in ("min_delay", "max_delay") if hasattr(step.settings, name)}
    return msgspec.structs.replace(step, settings=msgspec.structs.replace(step.settings, **fields)) if fields else step
