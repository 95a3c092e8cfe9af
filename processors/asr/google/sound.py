"""Sound that may have to be sent again, as a recogniser's stream takes it: 8 kHz mu-law, a byte a sample."""

from __future__ import annotations

KEPT = 60 * 8000  # bytes; of more, the oldest are lost


class Sound:
    """What was fed and is not understood for good yet."""

    def __init__(self, ulaw: bytes = b"") -> None:
        self.first = 0  # place of its first sample
        self.kept = bytearray(ulaw)

    @property
    def end(self) -> int:
        """The place behind its last sample."""
        return self.first + len(self.kept)

    def add(self, ulaw: bytes) -> None:
        self.kept += ulaw
        self.forget(self.end - KEPT)

    def forget(self, before: int) -> None:
        """What is before this place is not needed any more."""
        if before > self.first:
            del self.kept[: before - self.first]
            self.first = before

    def since(self, place: int, count: int | None = None) -> bytes:
        """The sound from a place on, so much of it."""
        begin = max(0, place - self.first)
        return bytes(self.kept[begin:] if count is None else self.kept[begin : begin + count])
