"""Apologies for turns that fail: other words when the next one fails too, and a goodbye in the end."""

from __future__ import annotations


class Apologies:
    """Counts the turns in a row that failed; `last` is the number of those after which the agent gives up, 0: never."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.failures = 0

    @property
    def is_over(self) -> bool:
        """True if the agent has given up."""
        return 0 < self.last <= self.failures

    def next(self, first: str) -> str:
        """Count a turn that failed, and return the setting with the words to say: `first` for the first in a row."""
        self.failures += 1
        if self.is_over:
            return "gave_up"
        return first if self.failures == 1 else "failing"

    def answered(self) -> None:
        """Note that a turn was answered."""
        self.failures = 0
