"""The lead: how far ahead of the caller's ear sound is sent."""

from __future__ import annotations

from asyncio import TimerHandle

from pipeline.processor import Processor

CAREFUL = 1.0  # seconds after a pause in which half of the lead is sent, as the caller may speak again at once


class Lead:
    """The seconds of sound that may be under way: all of them, or half for a second after a pause; `room` at least."""

    def __init__(self, step: Processor, seconds: float, room: float) -> None:
        self.seconds, self.room = seconds, room
        self._step, self._whole = step, seconds
        self._timer: TimerHandle | None = None

    def paused(self) -> None:
        """Note the end of a pause."""
        # A timer, so that the many frames without a pause before them ask no clock.
        self.seconds = max(self._whole / 2, self.room)
        self._step.cancel_timer(self._timer)
        self._timer = self._step.later(CAREFUL, self._over)

    def _over(self) -> None:
        self.seconds = self._whole
