"""Hears one piece of a call, through as many streams of Google's as that takes.

Places are counted in samples from the first that was fed; mu-law has a byte for each.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from pipeline.call import Call
from pipeline.events import RecognitionReopened
from pipeline.faults import KavError
from processors.asr.google.api import RATE, GoogleSpeech, Result
from processors.asr.google.failures import Failures
from processors.asr.google.results import Words
from processors.asr.google.settings import GoogleSettings
from processors.asr.google.sound import Sound
from processors.asr.google.stream import Stream

BREATH = RATE  # what may already be speech although nobody has said so yet
LAG = RATE * 2 // 5  # samples: the next turn's pre-roll, and the voice that it takes to see that one has begun


class Host(Protocol):
    """The recogniser that a listener works for, as far as the listener knows it."""

    settings: GoogleSettings
    shared: GoogleSpeech
    call: Call

    @property
    def now(self) -> float:
        """Loop time, seconds."""

    def later(self, seconds: float, action: Callable[[], None]) -> object:
        """Run an action inside the chain after so many seconds."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run work that ends with the call."""

    def understood(self, listener: Listener) -> None:
        """Take note that there are new words, which may still change."""


class Listener:
    """Hears what it is fed, up to a half-close; a stream that breaks or grows old is replaced, and no word lost.

    `since` is where the words that matter begin, None while nobody speaks; `words` are what is known of them. `over`
    says that Google has said all, `error` why it will not.
    """

    def __init__(self, step: Host, ulaw: bytes = b"", since: int | None = None) -> None:
        self.step, self.settings = step, step.settings
        self.sound = Sound(ulaw)
        self.since = since
        self.held_from: int | None = None  # place from which the next turn may begin: its sound is not to be mixed in
        self.words = Words(step.now)
        self.fed_at = self.told_at = step.now
        self.half_closed = self.over = self.closed = False
        self.error: BaseException | None = None
        self.failures = Failures()
        self.news = asyncio.Event()
        self.stream: Stream | None = None
        self.open()

    def feed(self, ulaw: bytes) -> None:
        """The next sound."""
        self.fed_at = self.step.now
        self.sound.add(ulaw)
        if self.since is None and self.stream is not None:
            self.sound.forget(min(self._owed(), self.stream.sent))
        self._tend()
        if self.stream is not None:
            self.stream.more.set()

    def listen(self, since: int) -> None:
        """A turn begins: its words matter from this place on."""
        self.since, self.told_at = since, self.step.now
        self.failures.count = 0
        self.words.finals.clear()

    def settle(self) -> None:
        """The turn is over, and what was heard up to now is its own."""
        self.words.settle()
        self.since = self.held_from = None

    def half_close(self, place: int | None = None) -> None:
        """Nothing more comes: Google shall say what it has, up to this place if one is given."""
        if place is not None:
            del self.sound.kept[place - self.sound.first :]
        self.half_closed = True
        if self.stream is not None:
            self.stream.more.set()

    def close(self) -> None:
        """Stop hearing."""
        self.closed = True
        if self.stream is not None:
            self.stream.close()

    # ---- what the streams ask and say -----------------------------------------------------------------------------

    @property
    def ready(self) -> int:
        """The place up to which sound may be sent."""
        if self.held_from is None or self.half_closed:
            return self.sound.end
        return max(self.held_from, self.sound.end - LAG)

    def heard(self, stream: Stream, results: list[Result]) -> None:
        """Results have come."""
        if stream is not self.stream or self.closed:
            return
        self.told_at = self.step.now
        self.step.shared.refusals = 0
        for result in results:
            place = stream.origin + round(result.end * RATE) if result.end else stream.sent
            if self.words.take(result, place, self.step.now) and result.final:
                self.failures.count = 0
        self.sound.forget(min(self._owed(), stream.sent))
        self.news.set()
        self.step.understood(self)

    def ended(self, stream: Stream, code: str, detail: str) -> None:
        """A stream is over, with this status."""
        if stream is not self.stream or self.closed:
            return
        self.stream = None
        if code == "OK" and self.half_closed:
            self.over = True
            self.news.set()
            return
        self.failures.add(code, detail)
        if self.failures.final:
            self.fail(KavError(f"asr.google: {self.failures.last}"))
            return
        chance = self.step.call.random.uniform(0.5, 1)
        if code == "RESOURCE_EXHAUSTED":
            self.step.shared.exhausted(chance)
        self.step.call.tell(RecognitionReopened(code))
        self.step.later(self.failures.delay * chance, self.open)

    def fail(self, error: BaseException) -> None:
        """It cannot go on."""
        self.error = error
        self.news.set()

    # ---- streams --------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Open a stream, unless there is one, and send it what is not understood for good yet."""
        if self.closed or self.stream is not None:
            return
        wait = self.step.shared.patience()
        if wait > 0:
            self.step.later(wait, self.open)
            return
        self.words.interim = None
        self.opened_at = self.told_at = self.step.now
        place = max(self._owed(), self.sound.first)
        stream = self.stream = Stream(self.step.shared, self, place, careful=self.failures.masked)
        stream.task = self.step.spawn(stream.run())  # it may be over by now
        stream.task.add_done_callback(self._broke)

    def reopen(self, why: str, *, fresh: bool = False) -> None:
        """Go on with another stream, on a connection of its own if the one that there is may be dead."""
        self.step.call.tell(RecognitionReopened(why))
        if self.stream is not None:
            if fresh:
                self.step.shared.renew(self.stream.channel)
            self.stream.close()
            self.stream = None
        self.open()

    def _owed(self) -> int:
        """From where on sound is not understood for good."""
        return max(self.words.covered, self.sound.end - BREATH if self.since is None else self.since)

    def _tend(self) -> None:
        now, settings = self.step.now, self.settings
        if self.stream is None:
            return
        age = now - self.opened_at
        if age >= settings.rotate_hard or (age >= settings.rotate_after and self.since is None):
            self.reopen("age")
        elif self.since is not None and self.held_from is None and now - self.told_at >= settings.stall:
            self.reopen("stall", fresh=True)

    def _broke(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.fail(error)
