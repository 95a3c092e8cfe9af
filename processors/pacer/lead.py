"""The lead: how far ahead of the caller's ear sound is sent."""

from __future__ import annotations

CAREFUL = 1.0  # seconds after a pause in which half of the lead is sent, as the caller may speak again at once


class Lead:
    """The seconds of sound that may be under way: all of them, or half for a second after a pause; `room` at least."""

    def __init__(self, seconds: float, room: float) -> None:
        self._seconds, self.room = seconds, room
        self._careful_until = 0.0  # loop time

    def paused(self, now: float) -> None:
        """Note the end of a pause."""
        self._careful_until = now + CAREFUL

    def at(self, now: float) -> float:
        """Return the lead at a loop time."""
        return max(self._seconds / 2, self.room) if now < self._careful_until else self._seconds
