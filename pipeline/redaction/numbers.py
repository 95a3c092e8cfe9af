"""Numbers in a caller's words, in digits or spoken in Hebrew and English: payment cards and phone numbers.

A run is a sequence of digits and of words for them with nothing but separators between, e.g. `4242-4242` or `four two
four two`. Of its parts, those that make up a card number (ISO/IEC 7812: 13 to 19 digits with Luhn's check digit) or a
phone number are found. Dates, times and grouped amounts are no parts of a run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

CARD, PHONE = "card", "phone"
CARD_DIGITS = range(13, 20)
LEAST = 7  # digits of the shortest number; a word stands for three at most (`triple`)

_DIGITS = {
    "0": "zero oh אפס",
    "1": "one אחת אחד",
    "2": "two שתיים שניים שתים שנים שתי שני",
    "3": "three שלוש שלושה",
    "4": "four ארבע ארבעה",
    "5": "five חמש חמישה",
    "6": "six שש שישה ששה",
    "7": "seven שבע שבעה",
    "8": "eight שמונה",
    "9": "nine תשע תשעה",
}
_TENS = {
    "2": "twenty עשרים",
    "3": "thirty שלושים",
    "4": "forty fourty ארבעים",
    "5": "fifty חמישים",
    "6": "sixty שישים ששים",
    "7": "seventy שבעים",
    "8": "eighty שמונים",
    "9": "ninety תשעים",
}
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_FILLERS = "and then dash hyphen space uh um er comma מקף רווח פסיק אה אז"
_HEBREW_TEN = ("עשרה", "עשר")  # behind a digit: that digit and ten; alone: ten
_REPEATS = {"double": 2, "triple": 3, "פעמיים": 2, "כפול": 2}

DIGIT_WORDS = {word: digit for digit, words in _DIGITS.items() for word in words.split()}
_TEN_WORDS = {word: digit for digit, words in _TENS.items() for word in words.split()}
_WHOLE = {word: str(10 + at) for at, word in enumerate(_TEENS)}
NUMBER_WORDS = (*DIGIT_WORDS, *_TEN_WORDS, *_WHOLE, *_HEBREW_TEN, *_REPEATS)


def _any(words: Iterator[str] | tuple[str, ...] | list[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_DATE = r"\d{1,2}([./-])\d{1,2}\1(?:19|20)\d\d(?![./-]?\d)|(?:19|20)\d\d([./-])\d{1,2}\2\d{1,2}(?![./-]?\d)"
_STAMP = r"(?:19|20)\d\d-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"
_TIME = r"\d{1,2}:[0-5]\d(?::[0-5]\d)?(?![\d:])"
_AMOUNT = r"\d{1,3}(?:,\d{3}){1,3}(?![,\d])"
_SID = r"[A-Z]{2}[0-9a-f]{32}"  # Twilio's
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_HASH = r"(?=[0-9]*[a-f])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})"  # with a letter: not digits that a caller said
_ID = rf"(?<![^\W_])(?:{_SID}|{_UUID}|{_HASH})(?![^\W_])"  # also in a path or an address
OTHER = re.compile(rf"(?<![\w./:,-])(?:{_STAMP}|{_DATE}|{_TIME}|{_AMOUNT})|{_ID}")
_YEAR = re.compile(r"(?:19|20)\d\d")
_WORD = rf"(?<!\w)ו?(?:{_any(NUMBER_WORDS)})(?!\w)"
_MARKS = r"[\W_]"  # between two digits of a number may stand all that is no letter
_FILLER = rf"(?<!\w)(?:{_any(_FILLERS.split())})(?!\w)"
_GAP = re.compile(rf"(?:{_MARKS}{{0,4}}(?:{_FILLER}{_MARKS}{{1,3}}){{0,2}})", re.IGNORECASE)
_PART = re.compile(rf"\d+|{_WORD}", re.IGNORECASE)
_PLUS = re.compile(r"(?:\+|(?<!\w)(?:plus|פלוס)\s)\W{0,2}$", re.IGNORECASE)
_ZERO_PHONE = re.compile(r"0[1-9]\d{7,9}|00[1-9]\d{8,13}|972[2-9]\d{7,8}|1[5789]00\d{6}")
_AMERICAN = re.compile(r"1?[2-9]\d\d[2-9]\d{6}")


class Part(NamedTuple):
    """A piece of text with the digits that it stands for."""

    start: int
    end: int
    digits: str


class Found(NamedTuple):
    """A card or phone number in a text."""

    start: int
    end: int
    kind: str


def numbers(text: str) -> Iterator[Found]:
    """Yield the card and phone numbers of a text, in its order."""
    for run in _runs(text):
        # Most runs are an amount or a time: a line of the log has several.
        if sum(len(part.digits) if part.digits[0].isdecimal() else 3 for part in run) >= LEAST:
            yield from _numbers_in(_composed(run), text)


def said_digits(text: str) -> str:
    """Return all digits of a text in a row, those of words for numbers among them."""
    parts = [Part(found.start(), found.end(), found[0].lower()) for found in _PART.finditer(text)]
    return "".join(part.digits for part in _composed(parts))


def luhn(digits: str) -> bool:
    """True if the last digit is Luhn's check digit of the others."""
    doubled = (int(digit) * (2 if at % 2 else 1) for at, digit in enumerate(reversed(digits)))
    return sum(it - 9 if it > 9 else it for it in doubled) % 10 == 0


def _runs(text: str) -> Iterator[list[Part]]:
    """Yield the runs, their parts as they are written."""
    skipped = [found.span() for found in OTHER.finditer(text)]
    run: list[Part] = []
    for found in _PART.finditer(text):
        if any(start <= found.start() < end for start, end in skipped):
            continue
        if run and not _GAP.fullmatch(text, run[-1].end, found.start()):
            yield run
            run = []
        run.append(Part(found.start(), found.end(), found[0].lower()))
    if run:
        yield run


def _composed(run: list[Part]) -> list[Part]:
    """Return the parts with their digits: `forty`, `two` is 42, `double`, `four` is 44."""
    made: list[Part] = []
    at = 0
    while at < len(run):
        word, following = _plain(run[at].digits), _plain(run[at + 1].digits) if at + 1 < len(run) else ""
        digits, took = _digits(word, following)
        made.append(Part(run[at].start, run[at + took - 1].end, digits))
        at += took
    return made


def _plain(word: str) -> str:
    """Return digits in ASCII, or a word without the Hebrew `and` before it."""
    if word[0].isdecimal():
        return "".join(str(int(digit)) for digit in word)
    return word[1:] if word[0] == "ו" and word[1:] in NUMBER_WORDS else word


def _digits(word: str, following: str) -> tuple[str, int]:
    """Return the digits of a word, and the number of parts that they took."""
    unit = DIGIT_WORDS.get(following, following if len(following) == 1 and following.isdecimal() else "")
    if word in _REPEATS:
        return (unit * _REPEATS[word], 2) if unit else ("", 1)
    if word in _TEN_WORDS:
        joined = following in DIGIT_WORDS and unit != "0"
        return (_TEN_WORDS[word] + unit, 2) if joined else (_TEN_WORDS[word] + "0", 1)
    if word in DIGIT_WORDS and following in _HEBREW_TEN:
        return "1" + DIGIT_WORDS[word], 2
    if word in _HEBREW_TEN:
        return "10", 1
    return DIGIT_WORDS.get(word) or _WHOLE.get(word, word), 1


def _numbers_in(run: list[Part], text: str) -> Iterator[Found]:
    """Yield the numbers of one run; behind a card, its expiry and code are taken for part of it."""
    years = all(_YEAR.fullmatch(part.digits) for part in run)
    if years:
        return
    at = 0
    while at < len(run):
        if _card_at(run, at):
            yield Found(run[at].start, run[-1].end, CARD)
            return
        if last := _phone_at(run, at, text):
            yield Found(run[at].start - _plus(run[at], text), run[last - 1].end, PHONE)
            at = last
        else:
            at += 1


def _card_at(run: list[Part], at: int) -> bool:
    """True if a card number starts at this part, and ends at a part's end, or within the first part."""
    digits = ""
    for part in run[at:]:
        digits += part.digits
        if len(digits) in CARD_DIGITS and luhn(digits):
            return True
        if len(digits) >= CARD_DIGITS.stop:
            break
    first = run[at].digits
    glued = first[0:1] in set("3456") and any(luhn(first[:size]) for size in CARD_DIGITS if size <= len(first))
    return glued or len(first) >= CARD_DIGITS.stop


def _plus(part: Part, text: str) -> int:
    """Return the length of the plus sign before a part, be it spoken; 0 without one."""
    found = _PLUS.search(text, max(0, part.start - 8), part.start)
    return len(found[0]) if found else 0


def _phone_at(run: list[Part], at: int, text: str) -> int:
    """Return the place behind the longest phone number that starts at this part; 0 if there is none."""
    digits, found = "", 0
    plus = _plus(run[at], text)
    for end in range(at + 1, len(run) + 1):
        digits += run[end - 1].digits
        sizes = [len(part.digits) for part in run[at:end]]
        american = sizes in ([10], [11], [3, 3, 4], [1, 3, 3, 4], [3, 7], [4, 3, 4]) or set(sizes) == {1}
        if (
            (plus and 7 <= len(digits) <= 15)
            or _ZERO_PHONE.fullmatch(digits)
            or (american and _AMERICAN.fullmatch(digits))
        ):
            found = end
        if len(digits) > 15:
            break
    return found
