"""The recorded answers of a call's providers, and the base of the workers that give them again at the same pace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import aclosing, asynccontextmanager
from typing import Any, ClassVar, TypeVar

import msgspec

from pipeline.events import EchoHeard, ModelExchange, Voiced, VoiceExchange
from pipeline.llm.asked import Asked
from pipeline.records.reader import Event, Recording
from pipeline.tools.replay.answers import Answer, Answers, hearings
from pipeline.tools.replay.clock import GRAIN, NEAR, ReplayLoop
from pipeline.tools.replay.event_kinds import has_fillers, has_holds, is_interim
from pipeline.worker import Worker

Item = TypeVar("Item")
LATE = 0.05  # seconds by which the live loop may have asked later than a replay, in which code takes no time
PATIENCE = 3.0  # seconds after its last item until an answer without a recorded end is over


class Guess(msgspec.Struct, frozen=True):
    """An answer missing in the recording; from `at`, in seconds from the call's start, the replay is a guess."""

    at: float
    turn: int
    why: str


class ProviderRecording:
    """All answers of the providers in a recording; `guesses` are those that a replay had to make up."""

    def __init__(self, recording: Recording) -> None:
        self.events = recording.events
        self.bits, self.sounds = Answers(recording.events, ModelExchange), Answers(recording.events, VoiceExchange)
        self.heard = hearings(recording)
        self.interims = [it for it in recording.events if is_interim(it)]
        self.tell: Callable[[Event], None] = lambda _: None  # gives interim words to the RecordedRecognizer
        self.guesses: list[Guess] = []
        self.voices: dict[str, bytes] = {}  # PCM of each spoken text, as far as it was sent
        self.has_fillers, self.has_holds = has_fillers(recording.events), has_holds(recording.events)
        self.echoes = [
            (it.content["since"], it.content["seconds"]) for it in recording.events if it.what == EchoHeard.name
        ]
        self.judged = {} if recording.cut else judgements(recording.events)


class RecordedTimes(Worker):
    """A worker whose answers come no earlier than in the record."""

    recording: ClassVar[ProviderRecording]

    async def until(self, at: float, apart: bool = False) -> None:
        """Wait until a loop time; if that is a millisecond away, go on, with the clock advanced to it.

        `apart`: other code runs first, as it did.
        """
        wait, loop = at - self.now, self.chain.loop
        # An item a millisecond after the last one came with it: live, code took that time, and nothing else ran.
        if wait <= GRAIN + NEAR and not apart and isinstance(loop, ReplayLoop) and loop.tape is not None:
            loop.tape.reach(at - self.call.started)
        elif wait > 0 or apart:
            await asyncio.sleep(max(0.0, wait))

    def asked(self, answer: Answer, at: float) -> float:
        """Return the loop time from which the times of an answer count, if it was asked for at this one."""
        return question_time(self.call.started, answer.asked, at)

    async def paced(self, items: AsyncGenerator[Item, None], answer: Answer | None) -> AsyncGenerator[Item, None]:
        """Yield computed items, each no earlier than the recorded one in its place, and end no earlier."""
        answer = answer or Answer("", self.now - self.call.started)
        answer.used, begun = True, self.asked(answer, self.now)
        recorded = iter(answer.items)
        async with aclosing(items):
            async for item in items:
                if (known := next(recorded, None)) is not None:
                    await self.until(begun + known.after, known.apart)
                yield item
        await self.until(begun + (answer.ended or 0.0), answer.ends_apart)


def question_time(started: float, asked: float, at: float) -> float:
    """Return the loop time from which an answer's times count, asked for at `at`, and `asked` after the call began."""
    recorded = started + asked
    return recorded if at < recorded < at + LATE else at  # the live loop asked a moment later


class RecordedProvider(RecordedTimes):
    """A worker that gives recorded answers: it opens no engine, and asks no fallback."""

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
        """Note a guess: the recording does not have this."""
        self.recording.guesses.append(Guess(self.now - self.call.started, self.chain.turn, why))

    async def again(self, answer: Answer, begun: float) -> AsyncGenerator[str | int | Asked, None]:
        """Yield the items of an answer at their recorded pace from `begun` on; raises an error of the recorded name."""
        answer.used, last, begun = True, 0.0, self.asked(answer, begun)
        for last, got, apart in answer.items:
            await self.until(begun + last, apart)
            yield got
        await self.until(begun + (last + PATIENCE if answer.ended is None else answer.ended), answer.ends_apart)
        if answer.error:
            raise failure(answer.error)
        if answer.ended is None:
            self.unknown(f"the recording stops before the end of the answer to {answer.to!r}")


def judgements(events: Iterable[Event]) -> dict[bytes, str]:
    """Return the voice judgements of a call: by vad and settings, `0` or `1` for each frame."""
    found: dict[bytes, str] = {}
    for event in events:
        if event.what == Voiced.name:
            by = judge(event.content["step"], event.content["settings"])
            found[by] = found.get(by, "") + event.content["frames"]
    return found


def judge(step: str, settings: Any) -> bytes:
    """Return the key of a vad with these settings."""
    return msgspec.json.encode([step, settings], order="sorted")


def failure(name: str) -> RuntimeError:
    """Return an error of a class with this name."""
    found: RuntimeError = type(name, (RuntimeError,), {})("as in the recording")
    return found
