"""The end of a turn whose answer is lost on its way: a step has dropped a frame that it should have passed on."""

from __future__ import annotations

from asyncio import TimerHandle
from collections.abc import Callable

from pipeline.processor import Processor

LATE = 3.0  # seconds after the turn's time: by then the steps above have answered, or apologised


class TurnLost(RuntimeError):
    """No step has answered a turn, or has ended its answer: a step of the chain has dropped what it was given."""


class TurnLimit:
    """Calls `lost` once a turn has had its time, `within` seconds, and three more (LATE).

    The steps above have limits of their own, which end before this one: it is for frames that never arrive.
    """

    def __init__(self, pacer: Processor, within: float, lost: Callable[[], None]) -> None:
        self.pacer, self.seconds, self.lost = pacer, within + LATE, lost
        self._timer: TimerHandle | None = None
        self._left: float | None = None  # seconds to go after a pause; None: it is in none

    @property
    def waits(self) -> bool:
        """True while it counts, or is to go on."""
        return self._timer is not None or self._left is not None

    def wait(self, since: float) -> None:
        """Count from this loop time on."""
        self.stop()
        self._timer = self.pacer.later(since + self.seconds - self.pacer.now, self._ring)

    def stop(self) -> None:
        """Count no more: the answer has come, or none is to come."""
        self.pacer.cancel_timer(self._timer)
        self._timer = self._left = None

    def pause(self) -> None:
        """Stand still, until `resume`."""
        if self._timer is not None:
            left = self._timer.when() - self.pacer.now
            self.stop()
            self._left = left

    def resume(self) -> None:
        """Count what is left."""
        if self._left is not None:
            self._timer, self._left = self.pacer.later(self._left, self._ring), None

    def _ring(self) -> None:
        self._timer = None
        if self.pacer.call.at_work:  # a tool takes long, and its own time ends it
            self.wait(self.pacer.now)
        else:
            self.lost()
