"""Google's results for a piece of sound: the final ones, and the one that may still change."""

from __future__ import annotations

from processors._shared.clean import clean
from processors.asr.google.api import RATE, Result

FINALS = 64  # final results of a turn; more are dropped


class Words:
    """Results by their place in the sound, in samples; a later result for a place replaces the former.

    `covered` is the place up to which all results are final, `covered_at` the loop time since when.
    """

    def __init__(self, now: float) -> None:
        self.finals: dict[int, Result] = {}  # by their end
        self.interim: Result | None = None
        self.covered = self.settled = 0
        self.covered_at = now

    def take(self, result: Result, place: int, now: float) -> bool:
        """Add a result that ends at this place; return True if it is new."""
        # A result for sound that is settled, or an interim one for sound that is final, came too late to count.
        if place <= self.settled or (not result.final and place <= self.covered):
            return False
        if not result.final:
            self.interim = result
            return True
        self.interim = None
        if len(self.finals) < FINALS:
            self.finals[place] = result
        if place > self.covered:
            self.covered, self.covered_at = place, now
        return True

    def settle(self) -> None:
        """Drop the results so far, and any later ones for the same sound."""
        self.finals.clear()
        self.settled = self.covered

    def best(self) -> Result:
        """Return the final results in the order of the sound, with the interim one behind them, as one.

        Its confidence is the least of theirs.
        """
        finals = [result for _, result in sorted(self.finals.items())]
        found = [*finals, self.interim] if self.interim is not None else finals
        return Result(
            text=clean(" ".join(each.text for each in found)),
            end=self.covered / RATE,
            final=self.interim is None,
            confidence=min((each.confidence for each in found), default=0.0),
            language=next((each.language for each in found if each.language), ""),
        )
