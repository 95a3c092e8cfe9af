"""The filler: a few words for a caller who has waited long for an answer."""

from __future__ import annotations

import math
from asyncio import TimerHandle

from pipeline.events import FillerSaid
from pipeline.frames import AudioOut, FillerDue
from pipeline.processor import Processor

EVERY = 5.0  # seconds from one filler to the next, at least, unless the caller has spoken between them


class Filler:
    """Asks for a filler once the caller has heard nothing for `after` seconds in the agent's turn; 0: never.

    `pacer` sends the request up the chain, from which the sound comes.
    """

    def __init__(self, pacer: Processor, text: str, after: float) -> None:
        self.pacer, self.text, self.after = pacer, text, after
        self._since = 0.0  # loop time of the end of the last sound, the caller's or the agent's
        self._last = -math.inf  # loop time of the last filler
        self._timer: TimerHandle | None = None

    def wait_for_answer(self, since: float) -> None:
        """Wait from this loop time on, at which the caller stopped to speak."""
        self._last = -math.inf
        self.wait(since)

    def wait(self, since: float) -> None:
        """Wait from this loop time on: nothing has been heard since then."""
        self.stop()
        if self.after:
            self._since = since
            due = max(since + self.after, self._last + EVERY)
            self._timer = self.pacer.later(due - self.pacer.now, self._ask)

    def stop(self) -> None:
        """Wait no more: there is sound, or none is to come."""
        if self._timer is not None:
            self._timer.cancel()
            self.pacer.timers.discard(self._timer)
            self._timer = None

    def came(self, frame: AudioOut) -> None:
        """Note that the sound of a filler has come."""
        self._last = self.pacer.now
        self.pacer.call.tell(FillerSaid(frame.turn, self._last - self._since))

    def _ask(self) -> None:
        self._timer = None
        self.pacer.raise_up(FillerDue(self.pacer.chain.turn, self.text))
