"""Compare the turns of a recording and its replay: the totals of many calls, the pairs of one."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

import msgspec

from pipeline.records.timeline import Turn, cut_off


class Totals(msgspec.Struct):
    """The figures of many calls; gaps in seconds."""

    turns: int = 0
    false_barge_ins: int = 0
    cut_off: int = 0
    missed: int = 0
    gaps: list[float] = []

    def add(self, turns: Sequence[Turn], others: Iterable[Turn]) -> None:
        """Count a call. `others` are its turns in the recording: each with words that none overlaps is missed."""
        self.turns += sum(each.ended_at is not None for each in turns)
        self.false_barge_ins += sum(each.is_false_alarm for each in turns)
        self.cut_off += len(cut_off(turns))
        self.missed += sum(bool(it.text) and not any(map(it.overlaps, turns)) for it in others)
        self.gaps = [*self.gaps, *(each.gap for each in turns if each.gap is not None)]

    @property
    def gap(self) -> float | None:
        """The median response gap, in seconds; None without any."""
        return statistics.median(self.gaps) if self.gaps else None


def paired(was: Sequence[Turn], now: Sequence[Turn]) -> list[tuple[Turn | None, Turn | None]]:
    """Return the turns of both in the order of the call, side by side where they are about the same sound."""
    rows: list[tuple[Turn | None, Turn | None]] = []
    left, right = list(was), list(now)
    while left and right:
        one, other = left[0], right[0]
        if one.overlaps(other) or one.started == other.started:
            rows.append((left.pop(0), right.pop(0)))
        elif one.started < other.started:
            rows.append((left.pop(0), None))
        else:
            rows.append((None, right.pop(0)))
    return rows + [(one, None) for one in left] + [(None, other) for other in right]
