"""What recognisers send as text is somebody else's: made safe before anyone sees it."""

from __future__ import annotations

import unicodedata

LONGEST = 2000  # bytes of UTF-8 that a turn's words may have
JOINERS = "\u200c\u200d"  # invisible, and yet a part of how some languages are written


def clean(text: str) -> str:
    """Text in NFC without control and direction characters, its white space single, of at most 2 kB."""
    text = unicodedata.normalize("NFC", text[:LONGEST])
    kept = (" " if each.isspace() else each for each in text if _is_text(each))
    text = " ".join("".join(kept).split())
    return text.encode("utf-8", "ignore")[:LONGEST].decode("utf-8", "ignore")


def _is_text(sign: str) -> bool:
    return sign.isspace() or sign in JOINERS or unicodedata.category(sign)[0] != "C"
