"""Failed streams in a row, and the decision to open another.

Source: https://cloud.google.com/apis/design/errors for the codes.
"""

from __future__ import annotations

from processors._shared.clean import clean

RETRIES = 3  # retries in a row for the same words
DELAY = 0.1  # seconds before the second retry, doubled before each later one
DETAIL = 200  # characters of Google's message in an error
FATAL = (
    "INVALID_ARGUMENT",
    "PERMISSION_DENIED",
    "UNAUTHENTICATED",
    "NOT_FOUND",
    "UNIMPLEMENTED",
    "FAILED_PRECONDITION",
)


class Failures:
    """The failures since words last came: `count` of them; `last` describes the latest in words."""

    def __init__(self) -> None:
        self.count = 0
        self.code = ""
        self.last = "no answer"

    def add(self, code: str, detail: str) -> None:
        """Count a failure, with grpc's name of its status."""
        self.count += 1
        self.code = code
        self.last = f"{code}: {clean(detail)[:DETAIL]}"

    @property
    def final(self) -> bool:
        """True if another stream would fail, too: the status is fatal, or three retries have failed."""
        return self.code in FATAL or self.count > RETRIES

    @property
    def masked(self) -> bool:
        """True if grpc may have put this status in the place of the server's own."""
        return self.code == "INTERNAL"

    @property
    def delay(self) -> float:
        """Seconds before the next stream: none after the first failure, then 0.1 s, doubled each time."""
        return DELAY * 2.0 ** (self.count - 2) if self.count > 1 else 0.0
