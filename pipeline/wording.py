"""Words for messages: the nearest known word, text that is safe to print, how wide it is."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that names the known word nearest to this one, or nothing."""
    found = nearest(word, known)
    return f"did you mean `{found}`?" if found else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that looks most like this one, or nothing."""
    if len(word) > 200:  # difflib takes the product of both lengths
        return ""
    lowered = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)
    return lowered[found[0]] if found else ""


def printable(text: str) -> str:
    """The text without anything that a terminal would act on; what is replaced keeps its one column."""
    return "".join(char if char.isprintable() else " " if char == "\t" else "\ufffd" for char in text)


def clipped(text: str, limit: int = 40) -> str:
    """The text in a width fit for a message."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def columns(text: str) -> int:
    """How many columns of a terminal the text fills: wide characters two, combining marks none."""
    marks = sum(unicodedata.category(char) in ("Mn", "Me") for char in text)
    return len(text) - marks + sum(unicodedata.east_asian_width(char) in "WF" for char in text)
