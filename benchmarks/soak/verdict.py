"""The verdict on a soak with faults: which of its bounds are broken."""

from __future__ import annotations

import statistics
from collections import Counter
from typing import NamedTuple

from benchmarks.soak.minutes import Minutes

HELD = {  # what has to be as it was, and how much more of it may be opened once, when it is first needed
    "files": 8,
    "threads": 6,
    "children": 0,
    "tasks": 0,
    "active": 0,
}
WARM = 600.0  # seconds before memory counts
LONG = 20.0  # minutes of a run from which on its memory is judged
SLOPE = 1.0  # MB an hour by which memory may grow


class Reading(NamedTuple):
    """The resident memory at a time: seconds, kB."""

    at: float
    rss: float


def slope(readings: list[Reading], warm: float) -> float:
    """Return by how many MB an hour memory grew after the first seconds, by least squares; 0 of too few readings."""
    late = [it for it in readings if it.at >= readings[0].at + warm]
    if len(late) < 2:
        return 0.0
    return statistics.linear_regression([it.at for it in late], [it.rss for it in late]).slope * 3600 / 1024


def left_behind(before: dict[str, int], after: dict[str, int]) -> dict[str, str]:
    """Return what is held in the end and was not before, each with both figures."""
    return {
        name: f"{before[name]} -> {after[name]}" for name, once in HELD.items() if after[name] > before[name] + once
    }


def verdict(
    minutes: Minutes,
    readings: list[Reading],
    broken: list[str],
    before: dict[str, int],
    after: dict[str, int],
    alive: bool,
    length: float,
) -> int:
    """Print what was found, and return 1 if a bound is broken."""
    judged = length >= LONG
    grown = slope(readings, WARM if judged else length * 60 / 3)
    left = left_behind(before, after)
    clean = minutes.calls - len(minutes.unclean)
    print(f"bystanders clean: {clean} of {minutes.calls}; worst silence {minutes.silence:.2f} s, worst hole "
          f"{minutes.hole * 1000:.0f} ms")  # fmt: skip
    print(f"memory: {grown:+.2f} MB an hour" + ("" if judged else ", not judged: the run was too short"))
    print(f"left behind: {', '.join(f'{name} {change}' for name, change in left.items()) or 'nothing'}")
    print(f"promises to faults not kept: {len(broken)}")
    for text, count in Counter(broken).most_common():
        print(f"  {count} x {text}")
    bounds = {
        "the server ended": not alive,
        "no bystander called": not minutes.calls,
        "bystanders": clean < minutes.calls,
        "memory": judged and grown >= SLOPE,
        "left behind": bool(left),
        "faults": bool(broken),
    }
    failed = [name for name, is_broken in bounds.items() if is_broken]
    print(f"broken bounds: {', '.join(failed) or 'none'}", flush=True)
    return 1 if failed else 0
