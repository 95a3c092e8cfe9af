"""Telephone numbers, compared however they are written."""

from __future__ import annotations

import re

LEAST = 6  # digits of a number that can be looked for
NATIONAL = 7  # digits of a number that can be taken for one without its country code
CODE = 3  # digits of the longest country code
_TRUNK = re.compile(r"\(0\)")  # a trunk prefix in an international number: +972 (0)50 …
_ADDRESS = re.compile(r"[a-z]+:.+", re.IGNORECASE)  # sip:…, client:…


def is_number(text: str) -> bool:
    """True if a text can be a telephone number, or an address such as `sip:dana@example.com`."""
    if _ADDRESS.fullmatch(text):
        return True
    return re.fullmatch(r"[\d\s+().\-/\u2010-\u2015]*", text) is not None and len(_digits(text)) >= LEAST


def same_number(one: str, other: str) -> bool:
    """True if two numbers are the same: with or without country code, spaces, hyphens or brackets.

    A number without a country code (050-1234567) is the same as one with any (+972501234567).
    """
    if _ADDRESS.fullmatch(one) or _ADDRESS.fullmatch(other):
        return one.strip().casefold() == other.strip().casefold()
    left, right = _digits(one), _digits(other)
    if len(left) < LEAST or len(right) < LEAST:
        return False
    if _is_international(one) and _is_international(other):
        return left == right
    return left == right or _is_national(left, right) or _is_national(right, left)


def _is_national(short: str, whole: str) -> bool:
    """True if `short` is the number `whole` without its country code, with or without a trunk prefix (one 0)."""
    rest = short.removeprefix("0")
    return len(rest) >= NATIONAL and whole.endswith(rest) and 0 < len(whole) - len(rest) <= CODE


def _is_international(text: str) -> bool:
    return text.strip().startswith(("+", "00"))


def _digits(text: str) -> str:
    """Return the digits of a number, without the 00 of an international call."""
    return re.sub(r"\D", "", _TRUNK.sub("", text)).removeprefix("00")
