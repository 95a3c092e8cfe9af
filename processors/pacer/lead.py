"""How far ahead of the caller's ear sound is sent."""

from __future__ import annotations

CAREFUL = 1.0  # seconds after a pause: the caller may speak on, and is to hear the agent end soon


class Lead:
    """The sound that may be under way, in seconds: half as much for a second after a pause, `room` at the least."""

    def __init__(self, seconds: float, room: float) -> None:
        self._seconds, self._half = seconds, max(seconds / 2, room)
        self._halved_until = 0.0

    def halve(self, now: float) -> None:
        """Send less for the next second; `now` is the loop time."""
        self._halved_until = now + CAREFUL

    def at(self, now: float) -> float:
        """Return the seconds that may be under way at this loop time."""
        return self._half if now < self._halved_until else self._seconds
