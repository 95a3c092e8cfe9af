"""The counts that are held to, one set for each version of Python, and what became of them."""

from __future__ import annotations

from pathlib import Path

import msgspec

from benchmarks.guard.counting import Counts

FILE = Path(__file__).with_name("counts.json")
LIMIT = 0.05  # growth that needs a note


class Note(msgspec.Struct, frozen=True):
    """Why the counts are as they are, and what they were then, for each 20 ms of the caller's sound."""

    why: str
    calls: float
    blocks: float


class Baseline(msgspec.Struct, frozen=True):
    """The counts of one version of Python, with the notes on all that were written; the newest stands last."""

    counts: Counts
    notes: list[Note]


def read(file: Path = FILE) -> dict[str, Baseline]:
    """The baselines by version (`3.11`): each counts in its own way."""
    return msgspec.json.decode(file.read_bytes(), type=dict[str, Baseline]) if file.exists() else {}


def write(counts: Counts, why: str, version: str, file: Path = FILE) -> None:
    """Hold this version to new counts, for a reason."""
    known = read(file)
    notes = known[version].notes if version in known else []
    note = Note(why, round(counts.calls_per_frame, 2), round(counts.blocks_per_frame, 2))
    known[version] = Baseline(counts, [*notes, note])
    text = msgspec.json.format(msgspec.json.encode(dict(sorted(known.items()))), indent=1)
    file.write_bytes(text + b"\n")


def growth(now: float, then: float) -> float:
    """By what part of what it was something grew; less than nothing if it shrank."""
    return now / then - 1 if then else float(now > 0)


def verdict(now: Counts, then: Counts) -> tuple[bool, list[str]]:
    """Whether the counts hold, and lines that say how they stand."""
    lines, holds = [], True
    for what, one, other in (
        ("calls", now.calls_per_frame, then.calls_per_frame),
        ("blocks of memory", now.blocks_per_frame, then.blocks_per_frame),
    ):
        grown = growth(one, other)
        holds = holds and grown <= LIMIT
        lines.append(f"{what} per frame: {one:.2f}, were {other:.2f} ({grown:+.1%})")
    lines += [] if holds else _who(now, then)
    return holds, lines


def _who(now: Counts, then: Counts) -> list[str]:
    """The modules that make the most calls more than they did."""
    more = {module: times - then.calls.get(module, 0) for module, times in now.calls.items()}
    worst = sorted((module for module in more if more[module] > 0), key=lambda module: -more[module])[:5]
    return [f"  {module}: {more[module] / now.call_frames:+.2f} calls per frame" for module in worst]
