"""Google's results for a piece of sound: the final ones, and the one that may still change."""

from __future__ import annotations

import msgspec

from processors._shared.clean import clean
from processors.asr.google.api import RATE, Result

FINALS = 64  # final results of a turn; more are dropped


class Words:
    """Results by their place in the sound, in samples; a later result for a place replaces the former.

    `covered` is the place up to which all results are final, `covered_at` the loop time since when. A result without a
    place covers nothing, as it may be of any sound; those are kept in the order in which they came.
    """

    def __init__(self, now: float) -> None:
        self.finals: dict[int, Result] = {}  # by their end
        self.unplaced: list[Result] = []  # finals of the present stream without a place
        self.interim: Result | None = None
        self.former: Result | None = None  # not final yet when the stream before broke: its sound is sent again
        self.covered = self.settled = self.shown = 0  # `shown`: words of the longest result since the turn's start
        self.covered_at = now

    def take(self, result: Result, place: int, now: float) -> bool:
        """Add a result that ends at this place, 0 if Google gives none; return True if it is new."""
        # A result for sound that is settled, or an interim one for sound that is final, came too late to count.
        if 0 < place <= self.settled or (not result.final and 0 < place <= self.covered):
            return False
        if not result.final:
            self.interim = result
            self.shown = max(self.shown, _count(self.best()))
            return True
        self.interim = None
        if len(self.finals) + len(self.unplaced) >= FINALS:
            return True
        if not place:
            self.unplaced.append(result)
            return True
        self.finals[place] = result
        self.former = _behind(self.former, _count(result))
        if place > self.covered:
            self.covered, self.covered_at = place, now
        return True

    def settle(self) -> None:
        """Drop the results so far, and any later ones for the same sound."""
        self.forget()
        self.settled = self.covered

    def forget(self) -> None:
        """Drop the results so far: another turn begins."""
        self.finals.clear()
        self.unplaced.clear()
        self.former, self.shown = None, 0

    def reopened(self) -> None:
        """Keep the words without a final place until the next stream, which hears their sound again, has as many."""
        self.former = self._open()
        self.unplaced.clear()
        self.interim = None

    @property
    def pending(self) -> bool:
        """True if there are words that may still change, or without a place."""
        return self.interim is not None or self.former is not None or bool(self.unplaced)

    @property
    def lacks_some(self) -> bool:
        """True if over a third of the words that were there are in no result now: another may still bring them."""
        return 3 * _count(self.best()) < 2 * self.shown

    def best(self) -> Result:
        """Return the final results in the order of the sound, with those that may still change behind them, as one.

        Its confidence is the least of theirs.
        """
        finals, rest = [result for _, result in sorted(self.finals.items())], self._open()
        return _joined([*finals, rest] if rest is not None else finals, self.covered / RATE)

    def _open(self) -> Result | None:
        """Return the words behind the final results as one: those of this stream, or of the former if it had more."""
        present = [*self.unplaced, self.interim] if self.interim is not None else self.unplaced
        if self.former is not None and (not present or sum(map(_count, present)) < _count(self.former)):
            return self.former
        return _joined(present, 0.0) if present else None


def _joined(found: list[Result], end: float) -> Result:
    return Result(
        text=clean(" ".join(each.text for each in found)),
        end=end,
        final=all(each.final for each in found),
        confidence=min((each.confidence for each in found), default=0.0),
        language=next((each.language for each in found if each.language), ""),
    )


def _behind(former: Result | None, count: int) -> Result | None:
    """Return a former result without the words that are final now; None if no word is left."""
    words = former.text.split()[count:] if former is not None else []
    return msgspec.structs.replace(former, text=" ".join(words)) if former is not None and words else None


def _count(result: Result) -> int:
    return len(result.text.split())
