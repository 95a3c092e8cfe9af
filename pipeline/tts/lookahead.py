"""Lookahead: the next sentence of a reply is synthesised while one plays, and handed over without a click.

What is synthesised more slowly than it plays runs out in the middle of a word. Then it fades out, and goes on softly
once there is a buffer again: a pause, as when somebody thinks, and no crackle.
"""

from __future__ import annotations

import asyncio
from array import array
from asyncio import AbstractEventLoop, Task
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from itertools import islice
from typing import Any

from pipeline import audio
from pipeline.providers.fallback import Request

IN_FLIGHT = 2  # sentences: the one that plays and the next; more would be paid for and lost on an interruption
JITTER = 3200  # bytes, 200 ms: so much is there before a sentence begins, and before it goes on after a pause
TAIL = 160  # bytes, 10 ms: kept back so that there is something to fade out

Make = Callable[[str], bytes | Request[bytes]]
Spawn = Callable[[Coroutine[Any, Any, None]], "Task[None]"]


class Sentence:
    """A text, and its sound as far as it has been made, PCM."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.held = b""
        self.task: Task[None] | None = None  # makes the sound, if it is not there already
        self.made = False  # all of its sound is there, or no more will come
        self._more = asyncio.Event()

    @property
    def failed(self) -> bool:
        """Whether making it broke off."""
        return self.task is not None and self.task.done() and (self.task.cancelled() or bool(self.task.exception()))

    def take(self) -> bytes:
        """The sound that can be handed over now: all of it if it is made; the last 10 ms are kept back if not."""
        at = max(0, len(self.held) - (0 if self.made else TAIL))
        taken, self.held = self.held[:at], self.held[at:]
        return taken

    async def has(self, size: int, until: float | None = None) -> bool:
        """Wait until so many bytes are there, or all; False if that has not come by a loop time."""
        if len(self.held) >= size or self.made:
            return True
        try:
            async with asyncio.timeout_at(until):
                while len(self.held) < size and not self.made:
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            return False
        return True

    def make(self, sound: bytes | Request[bytes], spawn: Spawn) -> None:
        """Take its sound if it is there, or have it made in a task of its own."""
        if isinstance(sound, bytes):
            self.held, self.made = sound, True
            return
        self.task = spawn(self._read(sound))
        self.task.add_done_callback(lambda _: self._end())  # it may be cancelled before it has begun

    async def _read(self, request: Request[bytes]) -> None:
        try:
            with request:
                async with aclosing(request.answer) as sound:
                    async for pcm in sound:
                        request.got(pcm)
                        self.held += pcm
                        self._more.set()
                request.ended()
        finally:
            self._end()

    def _end(self) -> None:
        self.made = True
        self._more.set()


class FirstSentence:
    """The first sentence of a reply that may yet come, synthesised preemptively and kept aside."""

    def __init__(self, make: Make, spawn: Spawn) -> None:
        self._make, self._spawn = make, spawn
        self._turn = -1
        self._sentence: Sentence | None = None

    def make(self, turn: int, text: str) -> None:
        """Synthesise this one, in the place of any other."""
        self.drop()
        self._turn, self._sentence = turn, Sentence(text)
        self._sentence.make(self._make(text), self._spawn)

    def take(self, turn: int, text: str) -> Sentence | None:
        """Return this sentence unless its synthesis failed; any other is dropped."""
        found = self._sentence
        if found is None or (self._turn, found.text) != (turn, text) or found.failed:
            self.drop()
            return None
        self._sentence = None
        return found

    def drop(self) -> None:
        """Stop its synthesis: it will not be heard."""
        if self._sentence is not None and self._sentence.task is not None:
            self._sentence.task.cancel()
        self._sentence = None


class Lookahead:
    """The sentences of one reply in order, of which at most two are in synthesis.

    `make` has the sound of a text or yields it, `spawn` starts a task, `underrun` is told when the sound ran out.
    """

    def __init__(self, loop: AbstractEventLoop, make: Make, spawn: Spawn, underrun: Callable[[], None]) -> None:
        self._loop, self._make, self._spawn, self._underrun = loop, make, spawn, underrun
        self._sentences: deque[Sentence] = deque()  # the first one is being handed over
        self._whole = False
        self._more = asyncio.Event()
        self._plays_until = 0.0  # loop time at which what was handed over will have been played

    def add(self, text: str, made: Sentence | None = None) -> None:
        """Append a sentence, or the same one if its synthesis began before."""
        self._sentences.append(made or Sentence(text))
        self._fill()

    def end(self) -> None:
        """There are no more sentences."""
        self._whole = True
        self._more.set()

    def stop(self) -> None:
        """Stop all synthesis, and forget the sentences."""
        for sentence in self._sentences:
            if sentence.task is not None:
                sentence.task.cancel()
        self._sentences.clear()

    async def sound(self) -> AsyncGenerator[tuple[str, bytes], None]:
        """Pieces of sound, each with its text; an empty one ends a text. Raises what `make` raises."""
        while self._sentences or not self._whole:
            if not self._sentences:
                self._more.clear()
                await self._more.wait()
                continue
            sentence = self._sentences[0]
            async with aclosing(self._steady(sentence)) as pieces:
                async for pcm in pieces:
                    yield sentence.text, pcm
            if sentence.task is not None:
                await sentence.task  # raises what went wrong in it
            yield sentence.text, b""
            self._sentences.popleft()
            self._fill()

    def _fill(self) -> None:
        """Have the first two sentences made."""
        for sentence in islice(self._sentences, IN_FLIGHT):
            if sentence.task is None and not sentence.made:
                sentence.make(self._make(sentence.text), self._spawn)
        self._more.set()

    async def _steady(self, sentence: Sentence) -> AsyncGenerator[bytes, None]:
        """The sound of a sentence as it comes, with soft pauses where it does not come in time."""
        given, paused = 0, False
        while await sentence.has(JITTER) and sentence.held:
            pcm = sentence.take()
            yield self._handed(faded(pcm, rising=True) if paused else pcm)
            given += len(pcm)
            while await sentence.has(TAIL + audio.FRAME_BYTES, self._plays_until) and sentence.held:
                pcm = sentence.take()
                given += len(pcm)
                yield self._handed(pcm)
            if sentence.held:
                rest, sentence.held = sentence.held, b""
                fill = bytes(-(given + len(rest)) % audio.FRAME_BYTES)  # or the fade would wait for the rest of 20 ms
                given += len(rest) + len(fill)
                paused = True
                self._underrun()
                yield self._handed(faded(rest) + fill)

    def _handed(self, pcm: bytes) -> bytes:
        self._plays_until = max(self._plays_until, self._loop.time()) + audio.seconds(pcm)
        return pcm


def faded(pcm: bytes, rising: bool = False) -> bytes:
    """The sound with its last 10 ms growing silent, or its first growing loud."""
    samples = array("h", pcm)
    count = min(len(samples), TAIL // 2)
    for step in range(count):
        at = step if rising else -1 - step
        samples[at] = int(samples[at] * step / max(1, count - 1))
    return samples.tobytes()
