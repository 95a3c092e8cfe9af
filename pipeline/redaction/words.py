"""Callers' personal data in words: card numbers, phone numbers and e-mail addresses, written or spoken.

`redacted` takes the words of a whole turn or sentence; `fragment` a piece of them, in which a number is not whole yet.
"""

from __future__ import annotations

import re

from pipeline.redaction.numbers import NUMBER_WORDS, numbers

KEY = "•"  # in the place of a key that the caller pressed
TYPED = "[keys]"  # stands before the keys of an entry, as a line of the caller's

_LABEL = r"[\w'’׳\"״-]{1,64}"
_LINK = r"(?:\s+(?:dot|underscore|dash|hyphen|plus|נקודה|דוט|מקף|קו\s+תחתון)\s+|[.+]|(?<=\b\w)\s+(?=\w\b))"
_DOT = r"(?:\.|\s+(?:dot|point|דוט|נקודה|פוינט)\s+|\s*[(\[]\s*dot\s*[)\]]\s*)"
_END = (
    r"(?:com|org|net|edu|gov|info|biz|io|ai|dev|app|me|tv|eu|us|uk|de|fr|es|it|ru|il|co|cloud|online|"
    r"קום|נט|אורג|קו|קוי?|איל|יל|אינפו|א[יי]+\s+אל|i\s?l|u\s?k)"
)
_AT = r"(?:\s+(?:at|אט|שטרודל|כרוכית)\s+|\s*[(\[]\s*(?:at|שטרודל)\s*[)\]]\s*)"
_MAIL = re.compile(
    rf"(?<!\w)(?P<written>[\w.+%'-]{{1,64}}\s?@\s?[\w-]+(?:{_DOT}[\w-]+)+)"
    rf"|(?<!\w){_LABEL}(?:{_LINK}{_LABEL}){{0,24}}(?:{_AT}|\s*@\s*)(?:{_LABEL}{_DOT}){{1,6}}{_END}(?:(?:{_DOT}|\s+){_END})?(?!\w)",
    re.IGNORECASE,
)
_ENTRY = re.compile(rf"(?<={re.escape(TYPED)} )[\d*#A-D]+")
_SIGN = re.compile(r"@|(?<!\w)at(?!\w)|שטרודל|כרוכית|(?<!\w)אט(?!\w)", re.IGNORECASE)  # without it, nothing is searched
_PIECE = re.compile(rf"\d|@|(?<!\w)ו?(?:{'|'.join(sorted(NUMBER_WORDS, key=len, reverse=True))})(?!\w)", re.IGNORECASE)


def redacted(text: str) -> str:
    """Return a text with `[e-mail]`, `[card]` and `[phone]` in the place of such data, and a bullet for each key.

    All else stays as it is.
    """
    text = _ENTRY.sub(lambda found: KEY * len(found[0]), text)
    if _SIGN.search(text):
        text = _MAIL.sub("[e-mail]", text)
    for found in reversed(list(numbers(text))):
        text = f"{text[: found.start]}[{found.kind}]{text[found.end :]}"
    return text


def fragment(text: str) -> str:
    """Return a piece of a text with `•` for each digit, word for a digit, and `@`: the rest may be in another piece."""
    return _PIECE.sub("•", text)
