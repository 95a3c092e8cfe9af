"""Twilio's buffer of one call, as far as its arithmetic goes: when what was sent is heard, and when it runs dry."""

from __future__ import annotations

from collections import deque

import msgspec


class Buffer(msgspec.Struct):
    """Plays each reply from the moment its first message arrives; all times in seconds on one clock.

    `end` is when it runs dry. `underruns` are pairs of an arrival and the silence that the caller heard before it, in
    the middle of a reply.
    """

    end: float = 0.0
    underruns: list[tuple[float, float]] = []
    _marks: deque[tuple[float, str]] = msgspec.field(default_factory=deque)

    def begin(self, now: float) -> None:
        """A reply's first message is here: the silence before it is nobody's fault."""
        self.end = max(self.end, now)

    def take(self, seconds: float, now: float) -> None:
        """Sound of the reply under way."""
        if now > self.end:
            self.underruns.append((now, now - self.end))
            self.end = now
        self.end += seconds

    def mark(self, name: str, now: float) -> None:
        """A mark, which comes back once all before it has been played."""
        self._marks.append((max(self.end, now), name))

    def due(self, now: float) -> list[str]:
        """The marks whose time has come, in order."""
        names = []
        while self._marks and self._marks[0][0] <= now:
            names.append(self._marks.popleft()[1])
        return names

    def clear(self, now: float) -> list[str]:
        """Throw away what is left to play; gives back the marks that come back at once."""
        names = [name for _, name in self._marks]
        self._marks.clear()
        self.end = min(self.end, now)
        return names
