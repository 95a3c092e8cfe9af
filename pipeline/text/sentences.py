"""Splitting a reply into the pieces that are spoken: a first clause, sentences, without markup and emoji."""

from __future__ import annotations

import re

from pipeline.text.normalise import DIRECTION, without_marks_of_direction

CLAUSE = 20  # characters of a first clause at least: about a second of speech, in which the next piece gets ready

_EMOJI = "\u200d\u20e3\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\ufe0f\U0001f000-\U0001faff"
_CLOSING = rf"[\"'”’״׳»)\]*_~`{_EMOJI}{DIRECTION}]*"
_END = re.compile(
    rf"(?P<line>\n+)|(?P<stop>[.!?…]+{_CLOSING})(?=\s)|(?P<clause>[,;:،]{_CLOSING}(?=\s)|(?<=\s)[-–—]+(?=\s))"
)
_CLAUSE_END = re.compile(rf"[,;:،–—-]{_CLOSING}$")

_SHORT = frozenset(  # abbreviations with a full stop
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
)  # abbreviations if a number follows
_PREFIXED = re.compile(r"[ושהכלבמ]{1,2}(?=[א-ת]{2})")
_INITIALS = re.compile(r"[A-Zא-ת]|(?:\w\.)+\w")  # J., א., e.g.
_ORDINAL = re.compile(r"\W*\d{1,3}")  # a list's number at the start of a sentence


def sentences(text: str, first_clause: bool = False) -> list[str]:
    """Split text after each sentence; a full stop in a number, a price or an abbreviation ends none.

    With `first_clause`, the first piece may be a clause of twenty characters or more.
    """
    splitter = Sentences(first_clause)
    return [*splitter.feed(text), *splitter.rest()]


class Sentences:
    """Splits text that arrives in bits into pieces; the pieces do not depend on where the bits were cut.

    With `first_clause`, the first piece may be a clause of twenty characters or more, so that speech can begin sooner.
    """

    def __init__(self, first_clause: bool = False) -> None:
        self._text = ""
        self._clause = first_clause
        self._inside = False  # a clause of this sentence has been returned

    def feed(self, bit: str) -> list[str]:
        """Add a bit of text and return the pieces complete by now: those followed by white space."""
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
        """Return the pieces left at the end of the text."""
        found, self._text = self.feed("\n"), ""
        return found

    def _end(self) -> int | None:
        """Return the index at which the next piece ends; None if that depends on text still to come."""
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
                return None  # the next character decides
            # A mark between `no.` or `p.` and its number, or between two digits, belongs to the number.
            between = following[0].isdigit() and (mark["stop"] or before.rstrip()[-1:].isdigit())
            if not between and following[0] != "\n":
                return mark.end()
        return None


def _is_clause(text: str) -> bool:
    """True if a clause is long enough to begin to speak, and no bracket is open."""
    return len(text.strip()) >= CLAUSE and text.count("(") <= text.count(")")


def _last_word(text: str) -> str:
    """Return the word that ends here, without an opening bracket or quote."""
    words = text.rsplit(None, 1) if text and not text[-1].isspace() else []
    return words[-1].lstrip("(\"'“„[*_") if words else ""


def _is_short(word: str) -> bool:
    """True if a full stop after this word is part of it: an initial or an abbreviation."""
    if _INITIALS.fullmatch(word):
        return True
    return word.casefold() in _SHORT or _PREFIXED.sub("", word, count=1) in _SHORT


def ends_sentence(piece: str) -> bool:
    """True if a piece ends a sentence, and False if it ends a clause within one."""
    return _CLAUSE_END.search(piece) is None


_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_LINE_START = re.compile(r"^\s*(?:#{1,6}\s+|>\s+|[-*+•–]\s+)+|^\s*(?:[-*_=]\s*){3,}$", re.MULTILINE)
_RULE = re.compile(r"[-–—_=~*+#|:\u2500-\u257f]{3,}|(?:[-*_=] ){2,}[-*_=](?!\w)|[\u2500-\u257f]+")
_ASIDE = r"[a-z][a-z' -]{1,30}"  # words of a stage direction: in lower case, without digits or a full stop
_STAGE = re.compile(
    r"\[[^\[\]]*\]|【[^【】]*】"
    rf"|(?:(?<=[.!?…\]])\s|^)\s*(?:\*{_ASIDE}\*|\({_ASIDE}\)|_{_ASIDE}_)(?=\s*(?:[^\sa-z]|$))"
)
_MARKUP = re.compile(
    rf"\*\*+|__+|~~+|`+|(?<!\w)[*_]+(?=\w)|(?<=[^\s*_])[*_]+(?!\w)|https?://|\\(?=[^\w\s])|[|{_EMOJI}]"
)
_SPACE = re.compile(r"\s+")
_MARKED = re.compile(rf"[^\w\s.,!?;'\"’״׳%$€₪]|_|\s\s|[^\S ]|https?:|[{_EMOJI}{DIRECTION}]")


def speakable(piece: str) -> str:
    """Strip markup, emoji and stage directions: of `**bold**`, `# head`, `- item` and `[link](…)`, the words are left.

    A stage direction is anything in square brackets, and a few words of their own, `*smiles*` or `(pauses)`.
    """
    if not _MARKED.search(piece):
        return piece.strip()
    piece = _RULE.sub(" ", _LINE_START.sub("", _LINK.sub(r"\1", without_marks_of_direction(piece))))
    return _SPACE.sub(" ", _MARKUP.sub("", _STAGE.sub(" ", _STAGE.sub(" ", piece)))).strip()


def after(said: list[str], heard: str) -> list[str]:
    """Return the pieces that follow the last one heard to its end; all of them if none was."""
    for index in range(len(said) - 1, -1, -1):
        if said[index] in heard:
            return said[index + 1 :]
    return list(said)
