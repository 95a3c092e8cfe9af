"""Cleaning of text from outside, as recognisers send it, before it is logged, spoken or given to a model."""

from __future__ import annotations

import unicodedata

LONGEST = 2000  # bytes of UTF-8 of one turn's words
JOINERS = "\u200c\u200d"  # invisible, and yet a part of how some languages are written


def clean(text: str) -> str:
    """Return text in NFC without control and direction characters, its white space single, cut to 2 kB of UTF-8."""
    text = unicodedata.normalize("NFC", text[:LONGEST])
    kept = (" " if each.isspace() else each for each in text if _is_text(each))
    text = " ".join("".join(kept).split())
    return text.encode("utf-8", "ignore")[:LONGEST].decode("utf-8", "ignore")


def _is_text(sign: str) -> bool:
    return sign.isspace() or sign in JOINERS or unicodedata.category(sign)[0] != "C"
