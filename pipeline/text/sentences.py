"""What a reply is spoken in: sentences, and a clause to begin with, without what nobody can say."""

from __future__ import annotations

import re

CLAUSE = 20  # characters that a first clause has at least: about a second, in which the next piece gets ready

_EMOJI = "\u200d\u20e3\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\ufe0f\U0001f000-\U0001faff"
_CLOSING = rf"[\"'”’״׳»)\]*_~`{_EMOJI}]*"
_END = re.compile(
    rf"(?P<line>\n+)|(?P<stop>[.!?…]+{_CLOSING})(?=\s)|(?P<clause>[,;:،]{_CLOSING}(?=\s)|(?<=\s)[-–—]+(?=\s))"
)
_CLAUSE_END = re.compile(rf"[,;:،–—-]{_CLOSING}$")

_SHORT = frozenset(  # abbreviations that a full stop belongs to
    (
        "mr",
        "mrs",
        "ms",
        "dr",
        "st",
        "vs",
        "etc",
        "prof",
        "approx",
        "dept",
        "ext",
        "inc",
        "ltd",
        "jr",
        "sr",
        "tel",
        "ave",
        "blvd",
        "rd",
        "apt",
        "רח",
        "שד",
        "גב",
        "פרופ",
        "אינג",
        "וכו",
        "וכד",
        "טל",
    )
)
_BEFORE_NUMBER = frozenset(
    ("no", "nos", "p", "pp", "fig", "vol", "ch", "art", "sec", "מס", "עמ", "סע")
)  # those, before a number
_PREFIXED = re.compile(r"[ושהכלבמ]{1,2}(?=[א-ת]{2})")
_INITIALS = re.compile(r"[A-Zא-ת]|(?:\w\.)+\w")  # J., א., e.g.
_ORDINAL = re.compile(r"\W*\d{1,3}")  # of a list, at the start of a sentence


def sentences(text: str, first_clause: bool = False) -> list[str]:
    """Split text after each sentence; a full stop in a number, a price or an abbreviation ends none.

    With `first_clause`, the first piece may be a clause of twenty characters or more.
    """
    splitter = Sentences(first_clause)
    return [*splitter.feed(text), *splitter.rest()]


class Sentences:
    """Pieces out of text that arrives in bits: the same ones, whatever the bits are."""

    def __init__(self, first_clause: bool = False) -> None:
        self._text = ""
        self._clause = first_clause
        self._inside = False  # a sentence, of which a clause has left

    def feed(self, bit: str) -> list[str]:
        """The pieces that are whole now: those that white space follows."""
        self._text += bit
        found = []
        while (end := self._end()) is not None:
            piece, self._text = self._text[:end], self._text[end:]
            self._inside = not piece.endswith("\n") and not ends_sentence(piece)
            if piece := piece.strip():
                found.append(piece)
                self._clause = False
        return found

    def rest(self) -> list[str]:
        """What is left at the end."""
        found, self._text = self.feed("\n"), ""
        return found

    def _end(self) -> int | None:
        """Where the next piece ends; None if that cannot be told yet."""
        for mark in _END.finditer(self._text):
            before, after = self._text[: mark.start()], self._text[mark.end() :]
            if mark["line"]:
                return mark.end()
            if mark["stop"] and not mark["stop"].startswith("."):
                return mark.end()
            if mark["clause"] and not (self._clause and _is_clause(before)):
                continue
            word = _last_word(before)
            if mark["stop"] and word.casefold() not in _BEFORE_NUMBER:
                if not _is_short(word) and (self._inside or not _ORDINAL.fullmatch(before.strip())):
                    return mark.end()
                continue
            following = after.lstrip(" \t\r\u00a0")
            if not following:
                return None  # what follows decides
            between = following[0].isdigit() and (mark["stop"] or before.rstrip()[-1:].isdigit())
            if not between and following[0] != "\n":
                return mark.end()
        return None


def _is_clause(text: str) -> bool:
    """Whether enough has been said to begin to speak, and no bracket is open."""
    return len(text.strip()) >= CLAUSE and text.count("(") <= text.count(")")


def _last_word(text: str) -> str:
    """The word that ends here, without a bracket or a quote before it."""
    words = text.rsplit(None, 1) if text and not text[-1].isspace() else []
    return words[-1].lstrip("(\"'“„[*_") if words else ""


def _is_short(word: str) -> bool:
    """Whether a full stop after this word is a part of it."""
    if _INITIALS.fullmatch(word):
        return True
    return word.casefold() in _SHORT or _PREFIXED.sub("", word, count=1) in _SHORT


def ends_sentence(piece: str) -> bool:
    """Whether a piece is a sentence, or the end of one, rather than a clause of it."""
    return _CLAUSE_END.search(piece) is None


_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_LINE_START = re.compile(r"^\s*(?:#{1,6}\s+|>\s+|[-*+•–]\s+)+|^\s*(?:[-*_=]\s*){3,}$", re.MULTILINE)
_MARKUP = re.compile(rf"\*\*+|__+|~~+|`+|(?<!\w)[*_]+(?=\w)|(?<=[^\s*_])[*_]+(?!\w)|https?://|[|{_EMOJI}]")
_SPACE = re.compile(r"\s+")


def speakable(piece: str) -> str:
    """The piece without markup and emoji: of `**bold**`, `# head`, `- item` and `[link](…)`, the words."""
    piece = _LINE_START.sub("", _LINK.sub(r"\1", piece))
    return _SPACE.sub(" ", _MARKUP.sub("", piece)).strip()


def after(said: list[str], heard: str) -> list[str]:
    """The pieces that follow the last one that was heard to its end."""
    for index in range(len(said) - 1, -1, -1):
        if said[index] in heard:
            return said[index + 1 :]
    return list(said)
