"""A progress bar for long work, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from loguru import logger

T = TypeVar("T")

BAR = 30  # columns


def progress(
    items: Iterable[T],
    total: int,
    what: str,
    size: Callable[[T], int] = lambda _: 1,
    note: Callable[[], str] = lambda: "",
) -> Iterator[T]:
    """Yield the items and draw a progress bar on stderr, if that is a terminal.

    An item counts as its `size`, all of them as `total`; `note` is shown behind the bar. The bar is erased at the end.
    """
    looked_at, done = sys.stderr.isatty(), 0
    if looked_at:
        _show(0, total, what)
    for each in items:
        yield each
        done += size(each)
        if looked_at:
            _show(done, total, what + note())
    if looked_at:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _show(done: int, total: int, what: str) -> None:
    filled = min(BAR, BAR * done // max(1, total))
    bar = "█" * filled + "░" * (BAR - filled)
    print(f"\r{bar} {done}/{total} {what}", end="", file=sys.stderr, flush=True)


def quiet() -> None:
    """Drop the log of this process, so that its lines do not break the progress bar."""
    logger.remove()
