"""`labels.yaml` in a call's folder: the true start and end of each of the caller's turns.

    turns:
      - {starts: 2.56s, ends: 5.28s, words: "hello I am looking for an apartment"}

Times are seconds of the caller's sound, as in a replay's table. `words` are for human readers.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import msgspec

from pipeline.config.findings import Findings
from pipeline.config.reading import Reader
from pipeline.config.values import BROKEN
from pipeline.config.yaml.tree import read_file
from pipeline.environment.variables import process_environment
from pipeline.faults import ConfigError
from pipeline.settings import Duration, doc

LABELS = "labels.yaml"


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """A turn of the caller as a listener heard it; times in seconds of the caller's sound."""

    starts: Annotated[Duration, doc("When the caller begins to speak.", 0)]
    ends: Annotated[Duration, doc("When they have said all that they wanted to say.", 0)]
    words: Annotated[str, doc("The caller's words, for human readers.")] = ""

    def faults(self) -> Iterable[tuple[str, str]]:
        """Yield a fault if the turn does not end after its start."""
        if self.ends <= self.starts:
            yield "ends", f"is not after `starts`, {self.starts:g}s"


class Labels(msgspec.Struct, frozen=True, kw_only=True):
    """The caller's turns in a call."""

    turns: Annotated[tuple[Label, ...], doc("In the order in which they were spoken.")]

    def faults(self) -> Iterable[tuple[str, str]]:
        """Yield a fault for each turn that overlaps the one before it."""
        for number, (one, after) in enumerate(pairwise(self.turns), 2):
            if after.starts < one.ends:
                yield f"turns[{number}]", f"begins before the one above it has ended, at {one.ends:g}s"


def load(folder: Path) -> tuple[Label, ...]:
    """Load the labels in a call's folder. Raises ConfigError with every fault in them."""
    path, findings = folder / LABELS, Findings()
    node = read_file(path, str(path), findings)
    made = BROKEN if node is None else Reader(findings, process_environment(), folder).read(node, Labels, "labels")
    if findings.faults or made is BROKEN:
        raise ConfigError(findings.faults, findings.lines)
    labels: Labels = made
    return labels.turns
