"""A bound on the rate of messages."""

from __future__ import annotations


class Flow:
    """A leaky bucket: it leaks `rate` messages a second and holds `burst`. `now` is loop time in seconds."""

    def __init__(self, now: float, rate: float, burst: int) -> None:
        self._each = 1 / rate
        self._room = (burst + 0.5) / rate  # seconds that a burst takes; half a message more against rounding
        self._empty_at = now

    def floods(self, now: float) -> bool:
        """Add one message; True if the bucket overflows."""
        empty_at = self._empty_at
        self._empty_at = (empty_at if empty_at > now else now) + self._each
        return self._empty_at - now > self._room
