"""A progress bar for long work, on a terminal only."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from loguru import logger

from pipeline.terminal.columns import columns, fitted
from pipeline.terminal.paint import is_terminal

BAR = 30  # columns
WIDE = 80  # columns of a terminal that does not say how many it has

_drawn: list[Progress] = []  # the bar that stands on the terminal now; none, or one


class Progress:
    """A bar on stderr, if that is a terminal."""

    def __init__(self, total: int, what: str) -> None:
        self._total, self._done, self._what, self._note = total, 0, what, ""
        self._to: TextIO | None = sys.stderr if is_terminal(sys.stderr) else None
        self._width = 0  # columns on the terminal now

    def advance(self, by: int = 1, note: str = "") -> None:
        """Count `by` more as done; `note` is shown behind the bar."""
        self._done, self._note = self._done + by, note
        self.draw()

    def draw(self) -> None:
        """Draw the bar as it is now."""
        if self._to is None:
            return
        filled = min(BAR, BAR * self._done // max(1, self._total))
        bar = "█" * filled + "░" * (BAR - filled)
        text = fitted(f"{bar} {self._done}/{self._total} {self._what}{self._note}", _columns(self._to) - 1)
        width, self._width = self._width, columns(text)
        _drawn[:] = [self]  # before it is written: Ctrl-C may come in between
        self._write("\r" + text + " " * (width - self._width))

    def erase(self) -> None:
        """Take the bar away until it is drawn again."""
        if self in _drawn:
            _drawn.clear()
            self._write(cleared(self._width))

    def _write(self, text: str) -> None:
        print(text, end="", file=self._to, flush=True)

    @property
    def width(self) -> int:
        """Columns that the bar takes on the terminal."""
        return self._width


def say(text: str, to: TextIO | None = None) -> None:
    """Print a text to a stream, stderr by default, above the bar if one stands on the terminal."""
    standing = _drawn[:]
    for bar in standing:
        bar.erase()
    print(text, file=to or sys.stderr, flush=True)
    for bar in standing:
        bar.draw()


def cleared(width: int) -> str:
    """Return the characters that empty a line of this width; no escape sequence, as NO_COLOR may be set."""
    return f"\r{' ' * width}\r"


def above_bar(line: str) -> str:
    """Return a line for the terminal so that it takes the place of a bar that stands there."""
    return cleared(_drawn[0].width) + line if _drawn else line


@contextmanager
def progress(total: int, what: str) -> Iterator[Progress]:
    """Draw a bar while the block runs, and erase it at its end: done, by an error or by Ctrl-C."""
    bar = Progress(total, what)
    try:
        bar.draw()
        yield bar
    finally:
        bar.erase()


def failures(count: int) -> str:
    """Return a note on failures so far; none for none."""
    return f", {count} failed" if count else ""


def quiet() -> None:
    """Drop the log of this process, so that its lines do not break the progress bar."""
    logger.remove()


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or WIDE
    except (OSError, ValueError):
        return WIDE
