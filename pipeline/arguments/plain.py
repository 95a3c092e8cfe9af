"""The values that are text, numbers, choices and lists, read leniently from a model's JSON into one canonical form."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import datetime
from typing import Any

from pipeline.arguments.argument import Argument, Unfit
from pipeline.environment.variables import switch
from pipeline.text.plain_json import whole

LONGEST = 4000  # characters of a text
LONGEST_LIKE = 500  # of one that a regular expression is matched with: an unlucky one takes ever longer
MOST_ITEMS = 100
MOST_SHOWN = 20  # choices that a message lists

_NUMBER = re.compile(r"[-+]?\d{1,15}(?:\.\d{1,15})?")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z][A-Za-z0-9-]{1,62}")
_EXACT = 2**53  # the whole numbers that every reader of JSON keeps


def text(value: Any, argument: Argument, _now: datetime) -> str:
    """Return a text without control characters and the space around it."""
    return matching(words(value), argument)


def words(value: Any) -> str:
    """Return a JSON scalar as text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Unfit("has to be text")
    found = str(shortest(value)) if isinstance(value, int | float) else whole(value)
    found = "".join(char for char in found if char.isprintable() or char == "\n").strip()
    if len(found) > LONGEST:
        raise Unfit(f"has more than {LONGEST} characters")
    return found


def matching(found: str, argument: Argument) -> str:
    """Return a text that its regular expression allows."""
    if not argument.like:
        return found
    if len(found) > LONGEST_LIKE or not re.fullmatch(argument.like, found):
        raise Unfit(f"has to be of the form {argument.like}")
    return found


def number(value: Any, _argument: Argument, _now: datetime) -> int | float:
    """Return a number; a whole one as an integer, so that 10, 10.0 and "10" are the same argument."""
    if isinstance(value, str) and _NUMBER.fullmatch(plain_digits(value).strip()):
        value = float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Unfit("has to be a number")
    if abs(value) > _EXACT:
        raise Unfit("is too large a number")
    return shortest(value)


def shortest(value: int | float) -> int | float:
    """Return a number as an integer if it is whole."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT else value


def integer(value: Any, argument: Argument, now: datetime) -> int:
    """Return a whole number."""
    found = number(value, argument, now)
    if isinstance(found, float):
        raise Unfit("has to be a whole number")
    return found


def yes_no(value: Any, _argument: Argument, _now: datetime) -> bool:
    """Return true or false, for yes and no in English, too."""
    meaning = value if isinstance(value, bool) else switch(str(value)) if isinstance(value, str | int) else None
    if meaning is None:
        raise Unfit("has to be true or false")
    return meaning


def email(value: Any, _argument: Argument, _now: datetime) -> str:
    """Return an address for mail, its domain in small letters."""
    found = re.sub(r"\s", "", words(value))
    if len(found) > 254 or ".." in found or not _EMAIL.fullmatch(found):
        raise Unfit("has to be an email address such as dana@example.com")
    name, _, domain = found.rpartition("@")
    return f"{name}@{domain.lower()}"


def digits(value: Any, argument: Argument, _now: datetime) -> str:
    """Return digits without the spaces and hyphens between them."""
    found = re.sub(r"[\s.–-]", "", plain_digits(words(value)))
    if not (found.isdecimal() and found.isascii()):
        raise Unfit("has to be digits and nothing else")
    return matching(found, argument)


def plain_digits(found: str) -> str:
    """Return a text with the digits of every script as 0 to 9."""
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in found)


def one_of(value: Any, argument: Argument, _now: datetime) -> str:
    """Return the choice that a text is, in any case of letters and with any space."""
    found = _folded("true" if value is True else "false" if value is False else words(value))
    chosen = next((each for each in argument.of if _folded(each) == found), None)
    if chosen is None:
        more = ", …" if len(argument.of) > MOST_SHOWN else ""
        raise Unfit(f"has to be one of {', '.join(argument.of[:MOST_SHOWN])}{more}")
    return chosen


def _folded(found: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", found).casefold().split())


def items(value: Any, argument: Argument, now: datetime) -> list[str]:
    """Return a list of texts, or of choices; one alone is a list of one."""
    found = value if isinstance(value, list) else [value]
    if len(found) > MOST_ITEMS:
        raise Unfit(f"has more than {MOST_ITEMS} values")
    read = one_of if argument.of else text
    return [read(each, argument, now) for each in found]
