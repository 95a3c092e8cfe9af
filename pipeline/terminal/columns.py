"""Columns of a terminal: the width of a text as it is shown, and tables that are aligned by it.

Hebrew has one column a letter and its niqqud none, CJK and emoji have two. Characters that are wide in East Asian
fonts alone ("ambiguous") count as one, as terminals show them by default.

Source: Unicode Standard Annex 11, "East Asian Width", by way of `unicodedata`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence

from pipeline.terminal.paint import BOLD, PLAIN, Paint

JOINER, AS_EMOJI = "\u200d", "\ufe0f"  # one picture of two emoji; the character before it as a picture
SKIN = ("\U0001f3fb", "\U0001f3ff")  # tones, which colour the emoji before them
MEDIAL = ("\u1160", "\u11ff")  # Hangul vowels and finals, which stand in the syllable that their initial begins


def columns(text: str) -> int:
    """Return the width of a text in columns."""
    if text.isascii():
        return len(text)
    total = last = 0
    joined = False
    for char in text:
        # Letters and spaces behind a joiner stand for themselves: scripts such as Persian have it between letters.
        joins = joined and unicodedata.category(char).startswith("S")
        width = 2 - last if char == AS_EMOJI and last else 0 if joins else _width(char, last)
        total, joined = total + width, char == JOINER
        last = 2 if char == AS_EMOJI and last else width or last
    return total


def padded(text: str, width: int, right: bool = False) -> str:
    """Return a text with spaces up to this width, behind it, or before it if it stands to the right."""
    space = " " * (width - columns(text))
    return space + text if right else text + space


def fitted(text: str, width: int) -> str:
    """Return a text cut to this width, with `…` at its end if it was longer."""
    if columns(text) <= width:
        return text
    end = len(text)
    while columns(text[:end]) >= width:
        end -= 1
    return text[:end] + "…"


def aligned(rows: Sequence[Sequence[str]], left: Collection[int], paint: Paint = PLAIN) -> list[str]:
    """Return rows of cells as lines with aligned columns: those in `left` to the left, the others to the right.

    The first row is the heading.
    """
    widths = [max(map(columns, column)) for column in zip(*rows, strict=True)]
    lines = [_line(row, widths, left, paint) for row in rows]
    return [*(paint(line, BOLD) for line in lines[:1]), *lines[1:]]


def _line(row: Sequence[str], widths: Sequence[int], left: Collection[int], paint: Paint) -> str:
    cells = enumerate(zip(row, widths, strict=True))
    # The padding stays outside the isolate: inside, it would move to the other end of a Hebrew cell.
    return "  ".join(padded(paint.isolated(cell), width, at not in left) for at, (cell, width) in cells).rstrip()


def _width(char: str, last: int) -> int:
    """Return the columns that a character adds to those of the character before it."""
    if unicodedata.category(char) in ("Mn", "Me", "Cf") or MEDIAL[0] <= char <= MEDIAL[1]:
        return 0
    if SKIN[0] <= char <= SKIN[1] and last == 2:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
