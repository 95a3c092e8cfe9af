"""Score a setting on labelled calls."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence

import msgspec

from pipeline.records.timeline import Turn
from pipeline.tools.label.labels import Label


class Score(msgspec.Struct):
    """The errors of a setting, and its delays: seconds from a label's end to the decision that the turn is over.

    `cut_off`: labels in which a turn was decided to be over; `missed`: labels without a turn; `false`: turns without a
    label, dropped ones only if they stopped the agent.
    """

    cut_off: int = 0
    missed: int = 0
    false: int = 0
    delays: list[float] = []

    def add(self, labels: Sequence[Label], turns: Sequence[Turn]) -> None:
        """Add the errors and delays of one call."""
        for label in labels:
            within = [each for each in turns if _meet(each, label)]
            taken = [each for each in within if not each.dropped]
            hasty = [it for it in taken if it.decided is not None and it.decided < label.ends]
            self.cut_off += bool(hasty)
            self.missed += not taken
            ends = [it.decided - label.ends for it in taken if it.decided is not None and it.decided >= label.ends]
            self.delays += ends[:1]
        for turn in turns:
            counts = not turn.dropped or turn.heard is not None
            self.false += counts and not any(_meet(turn, label) for label in labels)

    @property
    def errors(self) -> int:
        """The number of errors of all kinds."""
        return self.cut_off + self.missed + self.false

    @property
    def median(self) -> float:
        """The median delay in seconds; infinite if no turn was ever over."""
        return statistics.median(self.delays) if self.delays else math.inf

    @property
    def p90(self) -> float:
        """The 90th percentile of the delays in seconds; infinite if no turn was ever over."""
        return sorted(self.delays)[math.ceil(0.9 * len(self.delays)) - 1] if self.delays else math.inf

    @property
    def rank(self) -> tuple[float, float, float]:
        """The key to sort by: errors, median, 90th percentile; lower is better."""
        return self.errors, round(self.median, 6), round(self.p90, 6)


def total(scores: Iterable[Score]) -> Score:
    """Return the score of several calls as one."""
    whole = Score()
    for each in scores:
        whole.cut_off += each.cut_off
        whole.missed += each.missed
        whole.false += each.false
        whole.delays = whole.delays + each.delays
    return whole


def front(scores: Sequence[Score]) -> set[int]:
    """Return the indices of the Pareto front: no other score is as good in errors and delay, and better in one."""
    points = [it.rank[:2] for it in scores]
    return {
        place
        for place, (errors, delay) in enumerate(points)
        if not any(e <= errors and d <= delay and (e, d) != (errors, delay) for e, d in points)
    }


def _meet(turn: Turn, label: Label) -> bool:
    """True if the turn and the label overlap."""
    return turn.started < label.ends and label.starts < max(turn.ended, turn.started)
