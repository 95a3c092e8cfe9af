"""Recognition of one piece of a call, through as many streams to Google as that takes.

Places are counted in samples from the first one fed; mu-law has one byte for each.
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

BREATH = RATE  # samples before the present that may be the start of a turn not yet found
LAG = RATE * 2 // 5  # samples: the next turn's pre-roll, and the voice it takes to find its start


class Host(Protocol):
    """The recogniser that a listener works for, as the listener sees it."""

    settings: GoogleSettings
    shared: GoogleSpeech
    call: Call

    @property
    def now(self) -> float:
        """Loop time, seconds."""

    def later(self, seconds: float, action: Callable[[], None]) -> object:
        """Run an action inside the chain after this many seconds."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run work that ends with the call."""

    def understood(self, listener: Listener) -> None:
        """Take note of new interim words."""


class Listener:
    """Recognises the sound fed to it up to a half-close; replaces a stream that breaks or grows old, losing no word.

    `since` is the place from which words count, None between turns; `words` are the results so far. `over` is True once
    Google has sent its last result, `error` is the reason if it never will.
    """

    def __init__(self, step: Host, ulaw: bytes = b"", since: int | None = None) -> None:
        self.step, self.settings = step, step.settings
        self.sound = Sound(ulaw)
        self.since = since
        self.held_from: int | None = None  # from here on, sound may be the next turn's and is not mixed into this one
        self.words = Words(step.now)
        self.fed_at = self.told_at = step.now
        self.half_closed = self.over = self.closed = False
        self.error: BaseException | None = None
        self.failures = Failures()
        self.news = asyncio.Event()
        self.stream: Stream | None = None
        self.open()

    def feed(self, ulaw: bytes) -> None:
        """Add sound."""
        self.fed_at = self.step.now
        self.sound.add(ulaw)
        # Between turns only a second of sound is kept: enough for the start of a turn that is not found yet.
        if self.since is None and self.stream is not None:
            self.sound.forget(min(self._owed(), self.stream.sent))
        self._tend()
        if self.stream is not None:
            self.stream.more.set()

    def listen(self, since: int) -> None:
        """Begin a turn: its words count from this place on."""
        self.since, self.told_at = since, self.step.now
        self.failures.count = 0
        self.words.forget()

    def settle(self) -> None:
        """End the turn: the results so far belong to it."""
        self.words.settle()
        self.since = self.held_from = None

    def half_close(self, place: int | None = None) -> None:
        """Take no more sound and ask Google for its last results, for the sound up to `place` if given."""
        if place is not None:
            del self.sound.kept[place - self.sound.first :]
        self.half_closed = True
        if self.stream is not None:
            self.stream.more.set()

    def close(self) -> None:
        """Stop listening and close the stream."""
        self.closed = True
        if self.stream is not None:
            self.stream.close()

    # ---- the streams' side ----------------------------------------------------------------------------------------

    @property
    def ready(self) -> int:
        """The place up to which sound may be sent."""
        if self.held_from is None or self.half_closed:
            return self.sound.end
        return max(self.held_from, self.sound.end - LAG)

    def heard(self, stream: Stream, results: list[Result]) -> None:
        """Take results of the current stream; those of an older one are dropped."""
        if stream is not self.stream or self.closed:
            return
        self.told_at = self.step.now
        self.step.shared.refusals = 0
        for result in results:
            place = stream.origin + round(result.end * RATE) if result.end else 0
            if self.words.take(result, place, self.step.now) and result.final:
                self.failures.count = 0
        self.sound.forget(min(self._owed(), stream.sent))
        self.news.set()
        self.step.understood(self)

    def caught_up(self) -> None:
        """Wake the turn that waits: from now on its `final_timeout` counts."""
        self.news.set()

    def ended(self, stream: Stream, code: str, detail: str) -> None:
        """Take note that a stream ended with this status: finish, give up, or open another."""
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
        # Drawn from the call's own random numbers: calls that fail together do not come back together, and a replay
        # draws the same.
        chance = self.step.call.random.uniform(0.5, 1)
        if code == "RESOURCE_EXHAUSTED":
            self.step.shared.exhausted(chance)
        self.step.call.tell(RecognitionReopened(code))
        self.step.later(self.failures.delay * chance, self.open)

    def fail(self, error: BaseException) -> None:
        """Give up: no further results will come."""
        self.error = error
        self.news.set()

    # ---- streams --------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Open a stream, unless there is one, and send it the sound without a final result.

        Waits first if the quota is exhausted.
        """
        if self.closed or self.stream is not None:
            return
        wait = self.step.shared.patience()
        if wait > 0:
            self.step.later(wait, self.open)
            return
        self.words.reopened()
        self.opened_at = self.told_at = self.step.now
        place = max(self._owed(), self.sound.first)
        stream = self.stream = Stream(self.step.shared, self, place, careful=self.failures.masked)
        stream.task = self.step.spawn(stream.run())  # it may have ended already
        stream.task.add_done_callback(self._broke)

    def reopen(self, why: str, *, fresh: bool = False) -> None:
        """Replace the stream; with `fresh`, on a new connection, as the present one may be dead."""
        self.step.call.tell(RecognitionReopened(why))
        if self.stream is not None:
            if fresh:
                self.step.shared.renew(self.stream.channel)
            self.stream.close()
            self.stream = None
        self.open()

    @property
    def caught_up_at(self) -> float | None:
        """When the present stream had been sent all the sound that there was; None until it has been."""
        return self.stream.caught_up_at if self.stream is not None else None

    def _owed(self) -> int:
        """Return the place from which sound has no final result yet."""
        return max(self.words.covered, self.sound.end - BREATH if self.since is None else self.since)

    def _tend(self) -> None:
        now, settings = self.step.now, self.settings
        if self.stream is None:
            return
        age = now - self.opened_at
        # Replaced between turns if possible: sound around the seam is sent twice, which delays its words.
        if age >= settings.rotate_hard or (age >= settings.rotate_after and self.since is None):
            self.reopen("age")
        # Google sends interim results all the while a caller speaks; none for `stall` means that the connection is
        # dead.
        elif self.since is not None and self.held_from is None and now - self.told_at >= settings.stall:
            self.reopen("stall", fresh=True)

    def _broke(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.fail(error)
