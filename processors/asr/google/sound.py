"""Sound kept to be sent again: 8 kHz mu-law, a byte a sample."""

from __future__ import annotations

KEPT = 60 * 8000  # bytes, 60 s


class Sound:
    """The sound that was fed and has no final result yet; of more than 60 s the oldest is lost."""

    def __init__(self, ulaw: bytes = b"") -> None:
        self.first = 0  # place of the first sample kept
        self.kept = bytearray(ulaw)

    @property
    def end(self) -> int:
        """The place after its last sample."""
        return self.first + len(self.kept)

    def add(self, ulaw: bytes) -> None:
        """Add sound."""
        self.kept += ulaw
        self.forget(self.end - KEPT)

    def forget(self, before: int) -> None:
        """Drop the sound before this place."""
        if before > self.first:
            del self.kept[: before - self.first]
            self.first = before

    def since(self, place: int, count: int | None = None) -> bytes:
        """Return the sound from a place on, `count` samples of it if given."""
        begin = max(0, place - self.first)
        return bytes(self.kept[begin:] if count is None else self.kept[begin : begin + count])
