"""Rows of labels in a drawing that keep clear of each other and of the lines that cross their row."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.tools.report.markup import text

LETTER = 9.0  # units: no letter of a label is wider, in the larger type of narrow screens
SPACE = 4.0  # units around a label and around a line


class LabelRow:
    """A row of labels from 0 to `width`, at the height `y`; lines at `crossings` go through it."""

    def __init__(self, y: float, width: float, crossings: Iterable[float] = ()) -> None:
        self._y, self._width = y, width
        self._taken = [(x - SPACE, x + SPACE) for x in crossings]

    def beside(self, label: str, left: float, right: float, kind: str = "") -> str:
        """Return a label to the right of something that reaches from `left` to `right`, or to its left.

        It goes further to the right if there is no room on either side; if there is none anywhere, it collides least.
        """
        wide = LETTER * len(label)
        after = (end + SPACE for _, end in self._taken if end > right)
        return self._placed(label, kind, right + SPACE, left - SPACE - wide, *after)

    def under(self, label: str, left: float, right: float, kind: str = "") -> str:
        """Return a label under the middle of something from `left` to `right`, or under one of its ends."""
        wide = LETTER * len(label)
        starts = ((left + right - wide) / 2, left, right - wide, left - wide, right)
        return self._placed(label, kind, *(max(0.0, min(self._width - wide, start)) for start in starts))

    def _placed(self, label: str, kind: str, *starts: float) -> str:
        """Return a label at the first of these left ends at which it collides least."""
        wide = LETTER * len(label)
        start = min(starts, key=lambda at: self._collision(at, at + wide))
        self._taken.append((start, start + wide))
        return f'<text class="{kind}" x="{start:g}" y="{self._y:g}">{text(label)}</text>'

    def _collision(self, left: float, right: float) -> float:
        """Return the length of a label that collides, or is outside."""
        outside = max(0.0, -left) + max(0.0, right - self._width)
        return outside + sum(max(0.0, min(right, end) - max(left, start)) for start, end in self._taken)
