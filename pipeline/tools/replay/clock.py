"""Recorded time: a virtual clock on which all input from outside arrives at its recorded moment.

A live loop rings its timers a little late, and the record has the consequences at those late moments. As long as a
replay does the same as the recording, its timers ring at the recorded moments too, and events of one moment keep
their recorded order. So a replay with the same config is the same call, not just a similar one.
Running code takes time in a recording: an event a millisecond after its cause comes a millisecond later again.
"""

from __future__ import annotations

import math
from asyncio import TimerHandle
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from contextvars import Context
from typing import Any

from pipeline.events import Voiced
from pipeline.frames import CallEnded
from pipeline.loop.virtual import VirtualLoop
from pipeline.records.reader import Event, Recording
from pipeline.tools.replay.event_kinds import agrees, asks, is_ask, is_input, is_own, key, plain

LATE = 0.05  # seconds that a live timer may have rung late
NEAR = 2e-6  # seconds: two moments that differ by less are one
TINY = 3e-10  # seconds, below a record's resolution: puts a timer that rang late before the others of its moment
GRAIN = 0.001  # seconds: uvloop's clock has no smaller unit, so that its timers may ring half of it early


class Tape:
    """The recorded input of a call, and how far the replay has followed the recording; `start` is its first loop time.

    `take` gets each input: a message, an event from a provider, or None for the end of the call.
    `astray` is the first event that differs from the recording, None until then; from it on, timers ring when
    they are due, and the input alone keeps its recorded moments.
    """

    def __init__(self, recording: Recording, start: float, take: Callable[[bytes | Event | None], None]) -> None:
        self._own = own = [each for each in recording.events if is_own(each)]
        self.astray: Event | None = None
        self.is_astray = False
        self._start, self._take = start, take
        self._expected = [plain(each) for each in own]
        happened = (it.at for it in recording.events if it.what != Voiced.name)
        self._moments: list[float] = sorted({*happened, *(it.at for it in recording.sent)})
        # Moments in whole milliseconds are uvloop's, which may ring half of one early.
        whole = all(abs(at / GRAIN - round(at / GRAIN)) < NEAR for at in self._moments)
        self._early, self._soon = (GRAIN / 2, GRAIN + NEAR) if whole else (NEAR, NEAR)
        inputs: list[tuple[float, float, bytes | Event | None]] = [_end(recording)]
        inputs += [(each.at, each.no, each.data) for each in recording.received]
        inputs += [(each.at, each.no, each) for each in recording.events if is_input(each)]
        self._inputs = sorted(inputs, key=lambda it: it[1])
        self._numbers: list[int] = sorted((*(it.no for it in own), *(it.no for it in recording.sent)))
        self._sent_at = [it.at for it in recording.sent]
        self._next = self._seen = self._sent = 0
        self.reached = start  # loop time of the latest event that matched the recording
        self._asks, self._asked = list(asks(recording.events)), Counter[tuple[str, str]]()

    @property
    def due(self) -> float:
        """The loop time of the next input; infinite after the last."""
        return self._start + self._inputs[self._next][0] if self._next < len(self._inputs) else math.inf

    @property
    def is_early(self) -> bool:
        """True if an event, message or question recorded before the next input has not happened yet."""
        at, no, _ = self._inputs[self._next]
        before = bisect_left(self._numbers, no)
        return not self.is_astray and (self._seen + self._sent < before or self._is_to_ask(at, no))

    @property
    def is_next(self) -> bool:
        """True if the next input is the next that happens, now: what is ready by now was recorded behind it."""
        return not self.is_astray and self.due <= self.reached + self._soon and not self.is_early

    def enter(self) -> None:
        """Deliver the next input."""
        self._next += 1
        self._take(self._inputs[self._next - 1][2])

    def stop(self) -> None:
        """Deliver no more input."""
        self._next = len(self._inputs)

    def missed(self) -> Event | None:
        """Return the first event that differs, or that was recorded and did not happen; None if all are the same."""
        if self.astray is None and self._seen < len(self._own):
            return self._own[self._seen]
        return self.astray

    def moment(self, when: float, now: float) -> float:
        """Return the loop time at which a timer due at `when` rang in the recording; `when` if that is not known."""
        if self.is_astray:
            return when
        # A late timer's consequences are recorded at the first moment after it was due. A moment already past, or more
        # than LATE after it, is another cause's. Just before that moment, so that the timer precedes later ones.
        place = bisect_left(self._moments, when - self._start - self._early)
        at = self._start + self._moments[place] if place < len(self._moments) else math.inf
        if now < at <= when + LATE:
            return at - (TINY if at > when + NEAR else 0.0)
        return when

    def sent(self) -> None:
        """Note that the agent sent a message; the n-th one advances the clock to the recorded moment of the n-th."""
        if not self.is_astray and self._sent < len(self._sent_at):
            self.reach(self._sent_at[self._sent])
        self._sent += 1

    def happened(self, event: Event) -> None:
        """Compare an event with the next recorded one: if equal, advance the clock to its moment; if not, go astray."""
        if is_ask(event):
            self._asked[key(event)] += 1
        if self.is_astray or not is_own(event):
            return
        if self._seen < len(self._expected) and agrees(self._expected[self._seen], plain(event)):
            self.reach(self._own[self._seen].at)
            self._seen += 1
        else:
            self.astray, self.is_astray = event, True

    def reach(self, at: float) -> None:
        """Advance the clock to a time in seconds from the start: the time that code took when it was live passes again.

        Not beyond the next input, which must still come in at its own moment.
        """
        self.reached = max(self.reached, min(self._start + at, self.due))

    def _is_to_ask(self, at: float, no: float) -> bool:
        """True if a question that was recorded at this moment, before that number, has not been asked yet."""
        for place in reversed(range(bisect_left(self._asks, no, key=lambda it: it.no))):
            ask = self._asks[place]
            if ask.at < at - NEAR:
                return False
            if self._asked[ask.key] < ask.nth:
                return True
        return False


class ReplayLoop(VirtualLoop):
    """Virtual time, driven by a tape once it has one."""

    tape: Tape | None = None

    def time(self) -> float:
        return self._now if self.tape is None else max(self._now, self.tape.reached)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> TimerHandle:
        at = when if self.tape is None else self.tape.moment(when, self.time())
        return super().call_at(at, callback, *args, context=context)

    def follow(self) -> None:
        """Deliver the next input behind what is ready, if it was recorded before all that will be ready then."""
        if self.tape is not None and self.tape.is_next:
            self.call_soon(self._enter, self.tape.due)

    def _enter(self, due: float) -> None:
        tape = self.tape
        if tape is not None and tape.due == due and tape.is_next:
            self._now = max(self._now, due)
            tape.enter()

    def jump(self) -> None:
        """Deliver the input due before the next timer, then go to that; at one moment, in recorded order."""
        tape, ready = self.tape, self._ready  # type: ignore[attr-defined]
        while tape is not None and not ready and tape.due < math.inf:
            timer = self._timer()
            if timer < tape.due - NEAR or (timer <= tape.due + NEAR and tape.is_early):
                break
            self._now = max(self._now, tape.due)
            tape.enter()
        if not ready:
            super().jump()

    def _timer(self) -> float:
        scheduled = self._scheduled  # type: ignore[attr-defined]
        return float(scheduled[0].when()) if scheduled else math.inf


def _end(recording: Recording) -> tuple[float, float, None]:
    ended = next((each for each in recording.events if each.what == CallEnded.__name__), None)
    return (recording.seconds, math.inf, None) if ended is None else (ended.at, ended.no - 0.5, None)
