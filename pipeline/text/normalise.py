"""Words of a text: Hebrew-aware normalising, phrase matching, and cutting at word boundaries."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

LONGEST = 10_000  # characters that are looked at: a megabyte takes half a second, in which every call would wait

_NIQQUD = r"\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # with cantillation; the maqaf between is a dash
DIRECTION = r"\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"  # and other signs without a sound
_DIRECTION = re.compile(f"[{DIRECTION}\ufffc]+")
_MARKS = re.compile(rf"[{_NIQQUD}{DIRECTION}\u200c\u200d]")
_POINTS = re.compile(f"[{_NIQQUD}\u034f]+")
_PRESENTED = re.compile(r"[\ufb1d-\ufb4f]+")  # Hebrew letters with their points in one code
_QUOTES = re.compile(r"['’‘`´\"“”„״׳]+")  # geresh, gershayim, and the quotes typed in their stead
_DASHES = re.compile(r"[-־–—]+")
_OTHER = re.compile(r"[^\w\s]+|_")
# Control characters but tab and line ends, and halves of surrogate pairs, which no encoding has.
_UNENCODABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]+")
_HEBREW = re.compile(r"[\u05d0-\u05ea]")
UNSPACED = r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]"  # the scripts without spaces: Japanese, Chinese, Thai
_UNSPACED = re.compile(UNSPACED)
_INNER = re.compile(rf"(?<=[\u05d0-\u05ea]){_QUOTES.pattern}(?=[\u05d0-\u05ea])")
_SPACE = re.compile(r"\s+")


@lru_cache(512)  # a turn normalises the same texts several times
def normalise(text: str, joint: str = "") -> str:
    """Return a text in a form that is equal for all spellings of the same words.

    Case, white space, punctuation, niqqud and the forms of geresh and gershayim do not count: `נדל"ן`, `נדל״ן` and
    `נדל''ן` are one word. `joint` is put in the place of a mark between two Hebrew letters. What follows after 10,000
    characters (LONGEST) is left out.
    """
    text = _MARKS.sub("", unicodedata.normalize("NFKC", text[:LONGEST]).casefold())
    text = _QUOTES.sub("", _INNER.sub(joint, text))
    text = _OTHER.sub(" ", _DASHES.sub(" ", text))
    return _SPACE.sub(" ", text).strip()


def encodable(text: str) -> str:
    """Return a text with a space in the place of control characters and of halves of surrogate pairs."""
    return _UNENCODABLE.sub(" ", text)


def without_marks_of_direction(text: str) -> str:
    """Return a text without the marks of direction and other signs that have neither a sound nor a shape."""
    return _DIRECTION.sub("", text)


def without_niqqud(text: str) -> str:
    """Return a Hebrew text without points and accents, its letters in their plain forms, each maqaf a space."""
    plain = _PRESENTED.sub(lambda found: unicodedata.normalize("NFKD", found[0]), text)
    return _POINTS.sub("", plain).replace("־", " ")


PREFIXES = "ושהכלבמ"  # Hebrew prefix letters, written together with the next word
_JOINT = "ˮ"  # a letter outside use: survives normalising and, being a letter, ends no word


class Phrases:
    """Finds any of a list of phrases in text, as whole words, in any spelling.

    A Hebrew phrase is found behind prefix letters, too (`ושמי`), and its last word may be the part of an abbreviation
    before the gershayim (`נדל` in `נדל״ן`). Chinese, Japanese and Thai, which have no spaces, are found within words.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        found = "|".join(_pattern(words) for phrase in phrases if (words := normalise(phrase)))
        self._found = re.compile(found) if found else None

    def in_(self, text: str) -> bool:
        """True if one of the phrases is in this text."""
        return self._found is not None and self._found.search(normalise(text, _JOINT)) is not None


def _pattern(words: str) -> str:
    if _UNSPACED.search(words):  # a script without spaces: no letter ends a word
        return re.escape(words)
    letters = f"{_JOINT}?".join(re.escape(letter) for letter in words)
    prefix = f"[{PREFIXES}]{{0,3}}" if _HEBREW.search(words) else ""
    return rf"(?<!\w){prefix}{letters}(?:(?={_JOINT})|(?!\w))"


_WHOLE_WORDS = re.compile(r".*\S(?=\s)", re.DOTALL)


def shorten(text: str, limit: int) -> str:
    """Cut text to at most `limit` characters, at the end of a word."""
    if len(text) <= limit:
        return text
    whole = _WHOLE_WORDS.match(text[: limit + 1])
    return (whole[0] if whole else text[:limit]).rstrip(" ,;:-–")


def part(text: str, share: float) -> str:
    """Return the first words of a text that fit into a share of its length, 0 to 1."""
    if share >= 1:
        return text
    whole = _WHOLE_WORDS.match(text[: int(len(text) * share) + 1])
    return whole[0] if whole else ""


def is_end_of(heard: str, text: str) -> bool:
    """Return True if the words heard last are a text, or the rest of it that was said after an interruption."""
    words, whole = normalise(heard), normalise(text)
    return bool(words) and (whole.endswith(words) or whole in words)
