"""The ways in which a template says a value: dates, hours, digits, letters and money, by the call's language.

Hebrew and English have words of their own; of other languages the names of days and months are known, or the value is
said in digits. A value that a way does not fit is said as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any

from pipeline.arguments.calendar import DAYS, IN_WORDS, MONTHS
from pipeline.arguments.phones import E164, PLANS
from pipeline.arguments.plain import shortest
from pipeline.text.languages import canonical, primary

_HOURS_HE = ["שתים עשרה", "אחת", "שתיים", "שלוש", "ארבע", "חמש", "שש", "שבע", "שמונה", "תשע", "עשר", "אחת עשרה"]
_QUARTERS_HE = {0: "", 15: " ורבע", 30: " וחצי"}
_SIGNS = {
    "he": {"@": "שטרודל", ".": "נקודה", "-": "מקף", "_": "קו תחתון", "+": "פלוס", "/": "לוכסן"},
    "en": {"@": "at", ".": "dot", "-": "hyphen", "_": "underscore", "+": "plus", "/": "slash"},
}
_MONEY = {  # region → one, several
    "IL": ("שקל אחד", "{} שקלים"),
    "US": ("1 dollar", "{} dollars"),
    "GB": ("1 pound", "{} pounds"),
}
_EUROS = dict.fromkeys(("AT", "BE", "DE", "ES", "FI", "FR", "GR", "IE", "IT", "NL", "PT"), "{} €")


def said(value: Any, way: str, language: str) -> str:
    """Return a value in one of the ways of WAYS; blank is the usual one."""
    if way not in WAYS:
        return usual(value, language)
    try:
        return WAYS[way](value, language)
    except (ValueError, TypeError, OverflowError):
        return usual(value, language)


def usual(value: Any, language: str) -> str:
    """Return a value as text: yes and no in the language, if there is one, else as JSON has it."""
    if isinstance(value, bool):
        yes_no = {"": ("true", "false"), "he": ("כן", "לא")}.get(primary(language) if language else "", ("yes", "no"))
        return yes_no[not value]
    if isinstance(value, list | tuple):
        return ", ".join(usual(each, language) for each in value)
    return "" if value is None else str(shortest(value) if isinstance(value, float) else value)


def _day(value: Any, language: str) -> str:
    return _date_in(language, date.fromisoformat(str(value)[:10]), "")


def _date(value: Any, language: str) -> str:
    found = date.fromisoformat(str(value)[:10])
    return _date_in(language, found, str(found.year))


def _date_in(language: str, found: date, year: str) -> str:
    code = primary(language)
    if code not in DAYS:
        return found.isoformat()
    words = {"weekday": DAYS[code][found.weekday()], "day": found.day, "month": MONTHS[code][found.month - 1]}
    return IN_WORDS[code].format(**words) + (f" {year}" if year and code != "en" else f", {year}" if year else "")


def _hour(value: Any, language: str) -> str:
    text = str(value)
    found = datetime.fromisoformat(text).time() if "T" in text else time.fromisoformat(text)
    if primary(language) == "he":
        return _hour_he(found)
    if primary(language) != "en":
        return f"{found:%H:%M}"
    if not found.minute and found.hour in (0, 12):
        return "12 noon" if found.hour else "midnight"
    minutes = f":{found.minute:02d}" if found.minute else ""
    return f"{(found.hour - 1) % 12 + 1}{minutes} {'AM' if found.hour < 12 else 'PM'}"


def _hour_he(found: time) -> str:
    minutes = _QUARTERS_HE.get(found.minute, f" ו-{found.minute} דקות")
    parts = ((5, "בלילה"), (12, "בבוקר"), (16, "בצהריים"), (18, "אחר הצהריים"), (22, "בערב"), (24, "בלילה"))
    part = next(words for before, words in parts if found.hour < before)
    return f"{_HOURS_HE[found.hour % 12]}{minutes} {part}"


def _digits(value: Any, language: str) -> str:
    """Return digits in groups with pauses; a number of the language's own country as people there dial it."""
    text = usual(value, language)
    plan = PLANS.get(_region(language))
    if E164.fullmatch(text) and plan and text.startswith(f"+{plan.code}"):
        text = plan.trunk * (plan.trunk == "0") + text.removeprefix(f"+{plan.code}")
    plus = _SIGNS.get(primary(language), {}).get("+", "+") + " " if text.startswith("+") else ""
    digits = re.sub(r"\D", "", text)
    if not digits:
        raise ValueError(text)
    return plus + ", ".join(" ".join(group) for group in _groups(digits))


def _groups(digits: str) -> list[str]:
    """Return digits three by three; the last group has two to four."""
    cut = max(0, len(digits) - (4 if len(digits) % 3 == 1 else len(digits) % 3 or 3))
    return [digits[at : at + 3] for at in range(0, cut, 3)] + [digits[cut:]]


def _spell(value: Any, language: str) -> str:
    signs = _SIGNS.get(primary(language), {})
    return ", ".join(signs.get(char, char) for char in usual(value, language) if not char.isspace())


def _money(value: Any, language: str) -> str:
    number = shortest(float(value))
    region = _region(language)
    amount = f"{number:,}" if isinstance(number, int) else f"{number:,.2f}"
    if region in _EUROS and region != "IE":  # the sign between thousands differs, and a voice needs none
        amount = amount.replace(",", "").replace(".", ",")
    one, several = _MONEY.get(region, ("", _EUROS.get(region, "{}")))
    return one if one and number == 1 else several.format(amount)


def _region(language: str) -> str:
    """Return the country of a language's tag; that of Hebrew and English without one is known."""
    parts = canonical(language).split("-")
    return next((part for part in parts[1:] if len(part) == 2), {"he": "IL", "en": "US"}.get(parts[0], ""))


WAYS: Mapping[str, Callable[[Any, str], str]] = {
    "day": _day,
    "date": _date,
    "hour": _hour,
    "digits": _digits,
    "spell": _spell,
    "money": _money,
}
"""The ways by their names in a template."""
