"""Words: Hebrew-aware normalising, cutting, and the fixed phrases of each language; sentences are in `pieces`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_NIQQUD = r"\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # and cantillation; the maqaf between them is a dash
_MARKS = re.compile(rf"[{_NIQQUD}\u200b-\u200f\u202a-\u202e\u2066-\u2069\u00ad]")  # and signs of direction
_QUOTES = re.compile(r"['’‘`´\"“”„״׳]+")  # geresh, gershayim and whatever a keyboard offers in their stead
_DASHES = re.compile(r"[-־–—]+")
_OTHER = re.compile(r"[^\w\s]+|_")
_HEBREW = re.compile(r"[\u05d0-\u05ea]")
_INNER = re.compile(rf"(?<=[\u05d0-\u05ea]){_QUOTES.pattern}(?=[\u05d0-\u05ea])")
_SPACE = re.compile(r"\s+")


@lru_cache(512)  # a turn asks for the same texts several times
def normalise(text: str, joint: str = "") -> str:
    """What two spellings of the same words have in common.

    Case, white space, punctuation, niqqud and the forms of geresh and gershayim do not count: `נדל"ן`, `נדל״ן` and
    `נדל''ן` are one word. `joint` is put where a mark stood between two Hebrew letters.
    """
    text = _MARKS.sub("", unicodedata.normalize("NFKC", text).casefold())
    text = _QUOTES.sub("", _INNER.sub(joint, text))
    text = _OTHER.sub(" ", _DASHES.sub(" ", text))
    return _SPACE.sub(" ", text).strip()


PREFIXES = "ושהכלבמ"  # the Hebrew letters that are written together with the word that they precede
_JOINT = "ˮ"  # a letter that nobody writes: survives normalising, and is no end of a word for `normalise`


class Phrases:
    """Finds any of some phrases in text, as whole words, however they are spelled.

    A Hebrew phrase is found behind prefix letters, too (`ושמי`), and its last word may be the part of an abbreviation
    before the gershayim (`נדל` in `נדל״ן`).
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        found = "|".join(_pattern(words) for phrase in phrases if (words := normalise(phrase)))
        self._found = re.compile(found) if found else None

    def in_(self, text: str) -> bool:
        """Whether one of them is in this text."""
        return self._found is not None and self._found.search(normalise(text, _JOINT)) is not None


def _pattern(words: str) -> str:
    letters = f"{_JOINT}?".join(re.escape(letter) for letter in words)
    prefix = f"[{PREFIXES}]{{0,3}}" if _HEBREW.search(words) else ""
    return rf"(?<!\w){prefix}{letters}(?:(?={_JOINT})|(?!\w))"


_WHOLE_WORDS = re.compile(r".*\S(?=\s)", re.DOTALL)


def shorten(text: str, limit: int) -> str:
    """Text of at most `limit` characters, cut at a word's end."""
    if len(text) <= limit:
        return text
    whole = _WHOLE_WORDS.match(text[: limit + 1])
    return (whole[0] if whole else text[:limit]).rstrip(" ,;:-–")


def part(text: str, share: float) -> str:
    """The first words of a text: as many as fit into this share of it, 0 to 1."""
    if share >= 1:
        return text
    whole = _WHOLE_WORDS.match(text[: int(len(text) * share) + 1])
    return whole[0] if whole else ""
