"""Lookahead: the next sentence of a reply is synthesised while one plays, and handed over without a click.

Sound that is synthesised more slowly than it plays runs out in the middle of a word. It then fades out, and fades in
again once there is a buffer: heard as a pause for thought, where a hard cut would crackle.
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
from pipeline.tts.shared import SynthesisError

IN_FLIGHT = 2  # sentences: the one that plays and the next one
JITTER = 3200  # bytes, 200 ms: the buffer before a sentence begins, and before it goes on after a pause
MOST_TEXT = 10_000  # characters of a reply that wait to be spoken: some twelve minutes
MOST_SOUND = 9_600_000  # bytes of one sentence, 10 minutes
TAIL = 160  # bytes, 10 ms: kept back for the fade-out

Make = Callable[[str], bytes | Request[bytes]]
Spawn = Callable[[Coroutine[Any, Any, None]], "Task[None]"]


class Sentence:
    """A text and its sound so far; `held` is the part not handed over yet, PCM."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.held = b""
        self.task: Task[None] | None = None  # its synthesis; None before that, and if the sound was ready
        self.made = False  # synthesis has ended, well or not
        self._more = asyncio.Event()

    @property
    def failed(self) -> bool:
        """True if its synthesis ended by an error or was cancelled."""
        return self.task is not None and self.task.done() and (self.task.cancelled() or bool(self.task.exception()))

    def take(self) -> bytes:
        """Remove and return the sound that can be handed over now: all but the last 10 ms, which follow at the end."""
        at = max(0, len(self.held) - (0 if self.made else TAIL))
        taken, self.held = self.held[:at], self.held[at:]
        return taken

    async def has(self, size: int, until: float | None = None) -> bool:
        """Wait until `held` has so many bytes or synthesis has ended; False if neither by the loop time `until`."""
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
        """Take the sound if it is ready, or read it from a request in a task of its own."""
        if isinstance(sound, bytes):
            self.held, self.made = sound, True
            return
        self.task = spawn(self._read(sound))
        # By callback as well as at the coroutine's end: a task cancelled before its first step runs no code, and a
        # reader would wait for ever.
        self.task.add_done_callback(lambda _: self._end())

    async def _read(self, request: Request[bytes]) -> None:
        try:
            with request:
                async with aclosing(request.answer) as sound:
                    got = 0
                    async for pcm in sound:
                        request.got(pcm)
                        if (got := got + len(pcm)) > MOST_SOUND:
                            raise SynthesisError(f"no end after {got // 16_000} s", again=False)
                        self.held += pcm
                        self._more.set()
                request.ended()
        finally:
            self._end()

    def _end(self) -> None:
        self.made = True
        self._more.set()


class FirstSentence:
    """The first sentence of a preemptive reply, synthesised before the reply is sure to be used."""

    def __init__(self, make: Make, spawn: Spawn) -> None:
        self._make, self._spawn = make, spawn
        self._turn = -1
        self._sentence: Sentence | None = None

    def make(self, turn: int, text: str) -> None:
        """Start to synthesise this sentence, in the place of any other."""
        self.drop()
        self._turn, self._sentence = turn, Sentence(text)
        self._sentence.make(self._make(text), self._spawn)

    def take(self, turn: int, text: str) -> Sentence | None:
        """Hand over the sentence of this turn and text, unless its synthesis failed; drop any other."""
        found = self._sentence
        if found is None or (self._turn, found.text) != (turn, text) or found.failed:
            self.drop()
            return None
        self._sentence = None
        return found

    def drop(self) -> None:
        """Cancel its synthesis, and forget it."""
        if self._sentence is not None and self._sentence.task is not None:
            self._sentence.task.cancel()
        self._sentence = None


class Lookahead:
    """The sentences of one reply in order, of which at most two are in synthesis.

    `make` returns the sound of a text if it is ready, or a request for it; `spawn` starts a task; `underrun` is called
    when the sound runs out. Guarantees: `stop` may be called at any time and more than once; it ends all
    synthesis, but not `sound`, so the reader has to be cancelled as well.
    """

    def __init__(self, loop: AbstractEventLoop, make: Make, spawn: Spawn, underrun: Callable[[], None]) -> None:
        self._loop, self._make, self._spawn, self._underrun = loop, make, spawn, underrun
        self._sentences: deque[Sentence] = deque()  # the first one is the one being handed over
        self._room = MOST_TEXT  # characters
        self._whole = False
        self._more = asyncio.Event()
        self.plays_until = 0.0  # loop time at which the sound handed over so far has been played; 0: none yet

    def add(self, text: str, made: Sentence | None = None) -> bool:
        """Append a sentence; `made` is the same one if its synthesis has begun already.

        Returns False if more than 10,000 characters (MOST_TEXT) would wait: the sentence is left out, or cut to them if
        no other waits.
        """
        fits = len(text) <= self._room
        if fits or not self._sentences:
            sentence = made if made and fits else Sentence(text[:MOST_TEXT])
            self._room -= len(sentence.text)
            self._sentences.append(sentence)
            self._fill()
        return fits

    def end(self) -> None:
        """Note that no more sentences follow."""
        self._whole = True
        self._more.set()

    def stop(self) -> None:
        """Cancel all synthesis, and forget the sentences."""
        for sentence in self._sentences:
            if sentence.task is not None:
                sentence.task.cancel()
        self._sentences.clear()

    async def sound(self) -> AsyncGenerator[tuple[str, bytes], None]:
        """Yield each piece of sound with its text; an empty one ends a text. Raises the error of a failed synthesis."""
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
                await sentence.task  # raises its error
            yield sentence.text, b""
            self._sentences.popleft()
            self._room += len(sentence.text)
            self._fill()

    def _fill(self) -> None:
        """Start to synthesise the first two sentences, unless that has begun."""
        # Two: with one, each sentence would begin with the delay of its synthesis; more would be paid for and thrown
        # away when the caller interrupts, and use up the quota of other calls.
        for sentence in islice(self._sentences, IN_FLIGHT):
            if sentence.task is None and not sentence.made:
                sentence.make(self._make(sentence.text), self._spawn)
        self._more.set()

    async def _steady(self, sentence: Sentence) -> AsyncGenerator[bytes, None]:
        """Yield the sound of a sentence as it comes; where it comes too late, fade out and in around a pause."""
        # Jitter: synthesis comes in bursts, and a sentence that began with its first few bytes would stop at once.
        # 200 ms bridge the gaps of a voice that is fast enough on the whole; they are waited for again after a pause,
        # as one long pause sounds better than many short ones.
        given, paused = 0, False
        while await sentence.has(JITTER) and sentence.held:
            pcm = sentence.take()
            yield self._handed(faded(pcm, rising=True) if paused else pcm)
            given += len(pcm)
            # The deadline is the end of the sound handed over: until then there is time for the next piece. At least
            # 20 ms at a time, the unit in which the pacer sends.
            while await sentence.has(TAIL + audio.FRAME_BYTES, self.plays_until) and sentence.held:
                pcm = sentence.take()
                given += len(pcm)
                yield self._handed(pcm)
            # Nothing more in time: the sound ends with the tail kept back, faded to silence, as a cut in the middle of
            # a wave is heard as a click. It is filled up to whole 20 ms, or the pacer would keep the faded end until
            # the next sound comes.
            if sentence.held:
                rest, sentence.held = sentence.held, b""
                fill = bytes(-(given + len(rest)) % audio.FRAME_BYTES)
                given += len(rest) + len(fill)
                paused = True
                self._underrun()
                yield self._handed(faded(rest) + fill)

    def _handed(self, pcm: bytes) -> bytes:
        self.plays_until = max(self.plays_until, self._loop.time()) + audio.seconds(pcm)
        return pcm


def faded(pcm: bytes, rising: bool = False) -> bytes:
    """Return PCM with its last 10 ms faded out, or with `rising` its first 10 ms faded in."""
    samples = array("h", pcm)
    count = min(len(samples), TAIL // 2)
    for step in range(count):
        at = step if rising else -1 - step
        samples[at] = int(samples[at] * step / max(1, count - 1))
    return samples.tobytes()
