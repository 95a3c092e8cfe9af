"""Hears one piece of a call, through as many streams of Google's as that takes.

Places are counted in samples from the first that was fed; mu-law has a byte for each.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pipeline.faults import KavError
from processors.asr._google_api import RATE, Result
from processors.asr._google_sound import Sound
from processors.asr._google_stream import Stream
from processors.asr._wording import clean

if TYPE_CHECKING:
    from processors.asr.google import GoogleRecognizer

CHUNK = 800  # bytes, 100 ms: a message more often costs three times the work, one less often comes late
BREATH = RATE  # what may already be speech although nobody has said so yet
LAG = RATE * 2 // 5  # samples: the next turn's pre-roll, and the voice that it takes to see that one has begun
RETRIES = 3  # failed streams in a row, for the same words
DELAY = 0.1  # seconds before the second of them, twice as many before each after that
FINALS = 64  # final results that a turn may have
FATAL = (
    "INVALID_ARGUMENT",
    "PERMISSION_DENIED",
    "UNAUTHENTICATED",
    "NOT_FOUND",
    "UNIMPLEMENTED",
    "FAILED_PRECONDITION",
)


class Ear:
    """Hears what it is fed, up to a half-close; a stream that breaks or grows old is replaced, and no word lost.

    `since` is where the words that matter begin, None while nobody speaks. `covered` is the place up to which all is
    final. `over` says that Google has said all, `error` why it will not.
    """

    def __init__(self, step: GoogleRecognizer, ulaw: bytes = b"", since: int | None = None) -> None:
        self.step, self.settings = step, step.settings
        self.sound = Sound(ulaw)
        self.since = since
        self.held_from: int | None = None  # place from which the next turn may begin: its sound is not to be mixed in
        self.covered = self.settled = 0
        self.covered_at = self.fed_at = self.told_at = step.now
        self.finals: dict[int, Result] = {}  # by where they end
        self.interim: Result | None = None
        self.half_closed = self.over = self.closed = False
        self.error: BaseException | None = None
        self.failures = 0
        self.trouble = "no answer"  # what went wrong last
        self.news = asyncio.Event()
        self.stream: Stream | None = None
        self.open()
        step.later(self.settings.silence_after, self._keep_alive)

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
        self.since, self.told_at, self.failures = since, self.step.now, 0
        self.finals.clear()

    def settle(self) -> None:
        """The turn is over, and what was heard up to now is its own."""
        self.finals.clear()
        self.settled, self.since, self.held_from = self.covered, None, None

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

    def words(self) -> Result:
        """What was understood since `since`: all that is final, in the order of the sound, then what is interim."""
        finals = [result for _, result in sorted(self.finals.items())]
        found = [*finals, self.interim] if self.interim is not None else finals
        return Result(
            text=clean(" ".join(each.text for each in found)),
            end=self.covered / RATE,
            final=self.interim is None,
            confidence=min((each.confidence for each in found), default=0.0),
            language=next((each.language for each in found if each.language), ""),
        )

    # ---- what the streams ask and say -----------------------------------------------------------------------------

    def next_piece(self, stream: Stream) -> bytes | None:
        """What to send next: nothing yet if it is empty, never again if it is None."""
        lost = max(0, self.sound.first - stream.sent)
        stream.origin, stream.sent = stream.origin + lost, stream.sent + lost
        ready = self.sound.end
        if self.held_from is not None and not self.half_closed:
            ready = max(self.held_from, ready - LAG)
        left = ready - stream.sent
        if left < CHUNK and not self.half_closed:
            return b""
        piece = self.sound.since(stream.sent, min(left, CHUNK)) if left > 0 else None
        stream.sent += len(piece or b"")
        return piece

    def heard(self, stream: Stream, results: list[Result]) -> None:
        """Results have come."""
        if stream is not self.stream or self.closed:
            return
        self.told_at = self.step.now
        self.step.shared.refusals = 0
        for result in results:
            place = stream.origin + round(result.end * RATE) if result.end else stream.sent
            if place <= self.settled or (not result.final and place <= self.covered):
                continue  # an echo of what has been dealt with
            self._take(result, place)
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
        self.failures += 1
        self.trouble = f"{code}: {clean(detail)[:200]}"
        if code in FATAL or self.failures > RETRIES:
            self.fail(KavError(f"asr.google: {self.trouble}"))
            return
        chance = self.step.call.random.uniform(0.5, 1)
        if code == "RESOURCE_EXHAUSTED":
            self.step.shared.exhausted(chance)
        self.step.call.event("asr_reopened", why=code)
        self.step.later(DELAY * 2 ** (self.failures - 2) * chance if self.failures > 1 else 0.0, self.open)

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
        self.interim = None
        self.opened_at = self.told_at = self.step.now
        place, careful = max(self._owed(), self.sound.first), self.trouble.startswith("INTERNAL")
        self.stream = Stream(self.step.shared, self, place, careful=careful)
        self.stream.task = self.step.spawn(self.stream.run())
        self.stream.task.add_done_callback(self._broke)

    def reopen(self, why: str, *, fresh: bool = False) -> None:
        """Go on with another stream, on a connection of its own if the one that there is may be dead."""
        self.step.call.event("asr_reopened", why=why)
        if self.stream is not None:
            if fresh:
                self.step.shared.renew(self.stream.channel)
            self.stream.close()
            self.stream = None
        self.open()

    def _take(self, result: Result, place: int) -> None:
        if not result.final:
            self.interim = result
            return
        self.interim, self.failures = None, 0
        if self.since is not None and len(self.finals) < FINALS:
            self.finals[place] = result
        if place > self.covered:
            self.covered, self.covered_at = place, self.step.now
            self.sound.forget(min(self._owed(), self.stream.sent if self.stream else 0))

    def _owed(self) -> int:
        """From where on sound is not understood for good."""
        return max(self.covered, self.sound.end - BREATH if self.since is None else self.since)

    def _tend(self) -> None:
        now, settings = self.step.now, self.settings
        if self.stream is None:
            return
        age = now - self.opened_at
        if age >= settings.rotate_hard or (age >= settings.rotate_after and self.since is None):
            self.reopen("age")
        elif self.since is not None and self.held_from is None and now - self.told_at >= settings.stall:
            self.reopen("stall", fresh=True)

    def _keep_alive(self) -> None:
        if self.closed or self.half_closed:
            return
        gap = self.step.now - self.fed_at
        if gap >= self.settings.silence_after:
            self.feed(b"\xff" * int(gap * RATE))
        self.step.later(self.settings.silence_after, self._keep_alive)

    def _broke(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.fail(error)
