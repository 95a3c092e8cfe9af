"""The pauses of many recorded calls, read on all cores, and the counts of them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from pipeline.faults import KavError
from pipeline.terminal.paint import paint_on
from pipeline.terminal.progress import progress, say
from pipeline.tools.learn.fit import Pause
from pipeline.tools.learn.pauses import Taught, taught
from pipeline.tools.processes import as_done

LEAST = 30  # pauses of each kind
LEAST_CALLS = 3  # calls with pauses


class Lessons:
    """What calls have to teach: their labelled pauses, and the calls left out, counted by the reason."""

    def __init__(self, calls: Sequence[Taught]) -> None:
        self.calls = [each for each in calls if each.pauses]
        self.pauses: list[Pause] = [pause for each in self.calls for pause in each.pauses]
        self.ends = sum(each.over for each in self.pauses)
        self.inside = len(self.pauses) - self.ends
        self.left_out = dict(Counter(each.lacks for each in calls if each.lacks))

    @cached_property
    def counts(self) -> str:
        """The counts in a line."""
        reasons = ", ".join(f"{reason}: {count}" for reason, count in sorted(self.left_out.items()))
        out = f" (left out, {reasons})" if reasons else ""
        return f"calls: {len(self.calls)}{out}, pauses inside turns: {self.inside}, ends of turns: {self.ends}"

    @property
    def source(self) -> str:
        """The days of the calls and the counts, for the file of weights: nothing of a caller."""
        days = sorted(each.day for each in self.calls)
        return (
            f"{len(days)} calls, {days[0]} to {days[-1]}: {self.inside} pauses inside turns, {self.ends} ends of turns"
        )

    @property
    def last(self) -> Path:
        """The folder of the latest call."""
        return max(self.calls, key=lambda it: (it.day, it.folder)).folder

    def require(self) -> None:
        """Raise KavError, with the counts that there are and those needed, if the pauses are too few to learn from."""
        if min(self.inside, self.ends) < LEAST or len(self.calls) < LEAST_CALLS:
            needs = (
                f"{LEAST} pauses inside turns and {LEAST} ends of turns are needed, from {LEAST_CALLS} calls or more"
            )
            raise KavError(f"{self.counts}: too few to learn from. {needs}. Nothing is written")


def read(folders: Sequence[Path], jobs: int) -> Lessons:
    """Read the pauses of calls, by up to `jobs` processes; those that cannot be read are told of on stderr."""
    found: dict[Path, Taught] = {}
    with progress(len(folders), "calls") as bar:
        for each in as_done(taught, folders, jobs):
            found[each.folder] = each
            if each.failure:
                say(paint_on(sys.stderr)(each.failure))
            bar.advance()
    return Lessons([found[folder] for folder in folders])  # in their order, whichever process was first
