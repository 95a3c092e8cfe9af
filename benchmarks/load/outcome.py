"""What the generator found out, as one line of JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import msgspec


class Spread(msgspec.Struct, frozen=True):
    """How values lie: milliseconds. Of nothing, all are 0."""

    n: int = 0
    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    most: float = 0.0


class Outcome(msgspec.Struct, frozen=True):
    """One run of the generator.

    `began` and `ended` (seconds, CLOCK_MONOTONIC) are when all calls were under way. The spreads are of all calls:
    `response` from the frame that completes the closing silence to the first sound of the reply; `barge_in` from the
    frame that completes the start of speech to `clear`; `lateness` by how much later than its predecessor's sound lasts
    a message of a reply came; `ticks` how late the generator itself was. `underruns` are pairs of when one ended and
    how long it was (ms).
    """

    calls: int
    began: float
    ended: float
    counts: dict[str, int]
    response: Spread
    barge_in: Spread
    lateness: Spread
    ticks: Spread
    underruns: list[tuple[float, float]]


def percentile(ordered: Sequence[float], part: float) -> float:
    """The least of these values, in order, that at least this part of them does not exceed (nearest rank).

    Raises ValueError if there are none.
    """
    if not ordered:
        raise ValueError("no values have no percentile")
    return ordered[max(0, math.ceil(round(part * len(ordered), 9)) - 1)]


def spread(seconds: Iterable[float]) -> Spread:
    """How these durations lie."""
    ordered = sorted(seconds)
    if not ordered:
        return Spread()
    found = [round(percentile(ordered, part) * 1000, 3) for part in (0.5, 0.95, 0.99, 1.0)]
    return Spread(len(ordered), *found)
