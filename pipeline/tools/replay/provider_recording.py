"""What the providers of a recording gave, and giving it again at the same pace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import aclosing, asynccontextmanager
from typing import Any, ClassVar, TypeVar

import msgspec

from pipeline.events import ModelExchange, Voiced, VoiceExchange
from pipeline.frames import Transcript
from pipeline.records.reader import Event, Recording
from pipeline.tools.replay.answers import Answer, Answers, hearings
from pipeline.worker import Worker

Item = TypeVar("Item")
LATE = 0.05  # seconds that a question may have been asked later than in a replay, where all else takes no time
PATIENCE = 3.0  # seconds to wait for what nobody waited for in the recording


class Guess(msgspec.Struct, frozen=True):
    """From here on a replay is a guess: `at` in seconds from the call's start."""

    at: float
    turn: int
    why: str


class ProviderRecording:
    """All that the providers of a recording gave; `guesses` are what a replay asked and the recording has not."""

    def __init__(self, recording: Recording) -> None:
        self.bits, self.sounds = Answers(recording.events, ModelExchange), Answers(recording.events, VoiceExchange)
        self.heard = hearings(recording)
        self.interims = [it for it in recording.events if it.what == Transcript.__name__ and not it.frame["final"]]
        self.tell: Callable[[Event], None] = lambda _: None  # words that may change, to what stands for the recogniser
        self.guesses: list[Guess] = []
        self.voices: dict[str, bytes] = {}  # the sound of each text, where it was sent
        self.judged = {} if recording.cut else judgements(recording.events)


class RecordedProvider(Worker):
    """What all of them do."""

    recording: ClassVar[ProviderRecording]

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
        self.recording.guesses.append(Guess(self.now - self.call.started, self.chain.turn, why))

    async def until(self, at: float) -> None:
        """Wait for a loop time."""
        if at > self.now:
            await asyncio.sleep(at - self.now)

    async def again(self, answer: Answer, begun: float) -> AsyncGenerator[str | int, None]:
        """What was given, at the same pace; raises an error of the name of the one that it ended with."""
        answer.used, last = True, 0.0
        if begun < (asked := self.call.started + answer.asked) < begun + LATE:
            begun = asked  # the live loop took a moment more until it asked
        for last, got in answer.items:
            await self.until(begun + last)
            yield got
        await self.until(begun + (last + PATIENCE if answer.ended is None else answer.ended))
        if answer.error:
            raise failure(answer.error)
        if answer.ended is None:
            self.unknown(f"nobody waited for more of what was given to {answer.to!r}")


def judgements(events: Iterable[Event]) -> dict[bytes, str]:
    """What was judged of a call's frames, `0` or `1` for each, by the vad and its settings."""
    found: dict[bytes, str] = {}
    for event in events:
        if event.what == Voiced.name:
            by = judge(event.content["step"], event.content["settings"])
            found[by] = found.get(by, "") + event.content["frames"]
    return found


def judge(step: str, settings: Any) -> bytes:
    """A vad and its settings, as one name for both."""
    return msgspec.json.encode([step, settings], order="sorted")


def failure(name: str) -> RuntimeError:
    """An error of this name."""
    found: RuntimeError = type(name, (RuntimeError,), {})("as in the recording")
    return found
