"""What Google has said of a piece of sound: what is final, and what may still change."""

from __future__ import annotations

from processors._shared.clean import clean
from processors.asr.google.api import RATE, Result

FINALS = 64  # final results that a turn may have; what comes after them is not taken


class Words:
    """Results by their place in the sound, in samples: each once, a later one for the same place instead of the former.

    `covered` is the place up to which all is final, `covered_at` the loop time since when.
    """

    def __init__(self, now: float) -> None:
        self.finals: dict[int, Result] = {}  # by where they end
        self.interim: Result | None = None
        self.covered = self.settled = 0
        self.covered_at = now

    def take(self, result: Result, place: int, now: float) -> bool:
        """A result that ends at this place; gives back whether it is news."""
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
        """What has been said so far is dealt with, and what still comes for it is nobody's."""
        self.finals.clear()
        self.settled = self.covered

    def best(self) -> Result:
        """All that is final, in the order of the sound, then what is interim."""
        finals = [result for _, result in sorted(self.finals.items())]
        found = [*finals, self.interim] if self.interim is not None else finals
        return Result(
            text=clean(" ".join(each.text for each in found)),
            end=self.covered / RATE,
            final=self.interim is None,
            confidence=min((each.confidence for each in found), default=0.0),
            language=next((each.language for each in found if each.language), ""),
        )
