"""Streams that Google ended, and whether there is a point in another one.

Source: https://cloud.google.com/apis/design/errors for the codes.
"""

from __future__ import annotations

from processors._shared.clean import clean

RETRIES = 3  # failed streams in a row, for the same words
DELAY = 0.1  # seconds before the second of them, twice as many before each after that
DETAIL = 200  # characters of what Google says that go into an error
FATAL = (
    "INVALID_ARGUMENT",
    "PERMISSION_DENIED",
    "UNAUTHENTICATED",
    "NOT_FOUND",
    "UNIMPLEMENTED",
    "FAILED_PRECONDITION",
)


class Failures:
    """Those since words came: `count` of them, the `last` as people read it."""

    def __init__(self) -> None:
        self.count = 0
        self.code = ""
        self.last = "no answer"

    def add(self, code: str, detail: str) -> None:
        """One more, with grpc's name of its status."""
        self.count += 1
        self.code = code
        self.last = f"{code}: {clean(detail)[:DETAIL]}"

    @property
    def final(self) -> bool:
        """Whether another stream would fail, too."""
        return self.code in FATAL or self.count > RETRIES

    @property
    def masked(self) -> bool:
        """Whether the server's own status may have been another one."""
        return self.code == "INTERNAL"

    @property
    def delay(self) -> float:
        """How long to wait before the next one, seconds: the first is replaced at once."""
        return DELAY * 2.0 ** (self.count - 2) if self.count > 1 else 0.0
