"""Telephone numbers, compared however they are written."""

from __future__ import annotations

import re
import unicodedata

LEAST = 6  # digits of a number that can be looked for
NATIONAL = 7  # digits of a number that can be taken for one without its country code
CODE = 3  # digits of the longest country code
_TRUNK = re.compile(r"\(0\)")  # a trunk prefix in an international number: +972 (0)50 …
_SCHEME = re.compile(r"(?:tel|callto|whatsapp|sms):(?=[+\d\s(])", re.IGNORECASE)  # before a number in a link
_ADDRESS = re.compile(r"[a-z]+:.+", re.IGNORECASE)  # sip:…, client:…


def is_number(text: str) -> bool:
    """True if a text can be a telephone number, or an address such as `sip:dana@example.com`."""
    text = _plain(text)
    if _ADDRESS.fullmatch(text):
        return True
    return re.fullmatch(r"[0-9\s+().\-/\u2010-\u2015]*", text) is not None and len(_digits(text)) >= LEAST


def same_number(one: str, other: str) -> bool:
    """True if two numbers are the same: with or without country code, spaces, hyphens or brackets.

    A number without a country code (050-1234567) is the same as one with any (+972501234567).
    """
    one, other = _plain(one), _plain(other)
    if _ADDRESS.fullmatch(one) or _ADDRESS.fullmatch(other):
        return one.casefold() == other.casefold()
    left, right = _digits(one), _digits(other)
    if len(left) < LEAST or len(right) < LEAST:
        return False
    if _is_international(one) and _is_international(other):
        return left == right
    return left == right or _is_national(left, right) or _is_national(right, left)


def searchable(text: str) -> str:
    """Return the digits by which a number is found, or a part of it: in any spelling, with or without country code.

    Those of a number that is looked for are among those of the same number however it was kept. Empty without digits.
    """
    return _digits(_plain(text)).removeprefix("0")


def _plain(text: str) -> str:
    """Return a number as it would be typed: without the scheme of a link and invisible marks, in the digits 0 to 9.

    A number that was copied from a right-to-left text has such marks around it.
    """
    seen = "".join(each for each in text if unicodedata.category(each) != "Cf")
    digits = "".join(str(unicodedata.decimal(each, each)) for each in seen)
    return _SCHEME.sub("", digits.strip())


def _is_national(short: str, whole: str) -> bool:
    """True if `short` is the number `whole` without its country code, with or without a trunk prefix (one 0)."""
    rest = short.removeprefix("0")
    return len(rest) >= NATIONAL and whole.endswith(rest) and 0 < len(whole) - len(rest) <= CODE


def _is_international(text: str) -> bool:
    return text.strip().startswith(("+", "00"))


def _digits(text: str) -> str:
    """Return the digits of a number, without the 00 of an international call."""
    return re.sub(r"\D", "", _TRUNK.sub("", text)).removeprefix("00")
