"""How far long work has come, on a terminal; nothing in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

BAR = 30  # columns


def progress(items: Iterable[T], total: int, what: str, size: Callable[[T], int] = lambda _: 1) -> Iterator[T]:
    """The same, with a line that says how much of it is done, if somebody looks: `size` of each, `total` of all."""
    looked_at, done = sys.stderr.isatty(), 0
    if looked_at:
        _show(0, total, what)
    for each in items:
        yield each
        done += size(each)
        if looked_at:
            _show(done, total, what)
    if looked_at:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _show(done: int, total: int, what: str) -> None:
    filled = BAR * done // max(1, total)
    bar = "█" * filled + "░" * (BAR - filled)
    print(f"\r{bar} {done}/{total} {what}", end="", file=sys.stderr, flush=True)
