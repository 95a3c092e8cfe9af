"""How a setting did on labelled calls."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence

import msgspec

from pipeline.records.timeline import Turn
from pipeline.tools.label.labels import Label


class Score(msgspec.Struct):
    """What went wrong, and how long it took to find that the caller had finished, in seconds.

    `cut_off`: labels in which a turn was found to be over; `missed`: labels without a turn; `false`: turns without a
    label, and what stopped the agent and was none.
    """

    cut_off: int = 0
    missed: int = 0
    false: int = 0
    delays: list[float] = []

    def add(self, labels: Sequence[Label], turns: Sequence[Turn]) -> None:
        """Count a call."""
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
        """All that went wrong."""
        return self.cut_off + self.missed + self.false

    @property
    def median(self) -> float:
        """The median delay; infinite if no turn was ever over."""
        return statistics.median(self.delays) if self.delays else math.inf

    @property
    def p90(self) -> float:
        """The delay that nine in ten stay within."""
        return sorted(self.delays)[math.ceil(0.9 * len(self.delays)) - 1] if self.delays else math.inf

    @property
    def rank(self) -> tuple[float, float, float]:
        """The lower, the better."""
        return self.errors, round(self.median, 6), round(self.p90, 6)


def total(scores: Iterable[Score]) -> Score:
    """Those of several calls as one."""
    whole = Score()
    for each in scores:
        whole.cut_off += each.cut_off
        whole.missed += each.missed
        whole.false += each.false
        whole.delays = whole.delays + each.delays
    return whole


def front(scores: Sequence[Score]) -> set[int]:
    """The places of those that no other beats in errors or delay without losing in the other."""
    points = [it.rank[:2] for it in scores]
    return {
        place
        for place, (errors, delay) in enumerate(points)
        if not any(e <= errors and d <= delay and (e, d) != (errors, delay) for e, d in points)
    }


def _meet(turn: Turn, label: Label) -> bool:
    """Whether they are about some of the same sound."""
    return turn.started < label.ends and label.starts < max(turn.ended, turn.started)
