"""Phone numbers, read into E.164: by phonenumberslite, the extra `phones`, if it is there, else by digits and country.

Both ask whether a number is possible for its kind, not whether it is in use: tables of ranges refuse numbers that
exist. A mobile number is known by its first digit where that is no landline's.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from pipeline.arguments.argument import Argument, Unfit
from pipeline.arguments.plain import plain_digits, words
from pipeline.installation import is_installed

E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
ASK = "ask for it again, digit by digit"
PREMIUM = "is a number that costs its callers more than others, which is not taken"

_WRITTEN = re.compile(r"\+?[\d\s().\-–/]+", re.ASCII)


class Plan(NamedTuple):
    """The numbers of a country: code, digit before national numbers, digits without it, first of mobile ones."""

    code: str
    trunk: str
    least: int
    most: int
    mobile: str = ""
    mobile_digits: tuple[int, int] = (0, 0)
    premium: tuple[str, ...] = ()


PLANS = {
    "AE": Plan("971", "0", 8, 9, "5", (9, 9)), "AR": Plan("54", "0", 10, 11), "AT": Plan("43", "0", 4, 13),
    "AU": Plan("61", "0", 9, 9, premium=("190",)), "BE": Plan("32", "0", 8, 9, "4", (9, 9), ("90",)),
    "BR": Plan("55", "0", 10, 11), "CA": Plan("1", "1", 10, 10, premium=("900",)),
    "CH": Plan("41", "0", 9, 9, premium=("90",)), "DE": Plan("49", "0", 5, 11, "1", (10, 11), ("900", "137")),
    "DK": Plan("45", "", 8, 8), "EG": Plan("20", "0", 8, 10, "1", (10, 10)),
    "ES": Plan("34", "", 9, 9, premium=("80",)), "FI": Plan("358", "0", 5, 11),
    "FR": Plan("33", "0", 9, 9, premium=("89",)), "GB": Plan("44", "0", 9, 10, "7", (10, 10), ("9",)),
    "GR": Plan("30", "", 10, 10, premium=("90",)), "IE": Plan("353", "0", 7, 9, "8", (9, 9)),
    "IL": Plan("972", "0", 8, 9, "5", (9, 9)), "IN": Plan("91", "0", 10, 10),
    "IT": Plan("39", "", 6, 11, "3", (9, 10), ("89",)), "JO": Plan("962", "0", 8, 9, "7", (9, 9)),
    "JP": Plan("81", "0", 9, 10), "MX": Plan("52", "", 10, 10), "NL": Plan("31", "0", 9, 9, premium=("90",)),
    "NO": Plan("47", "", 8, 8), "NZ": Plan("64", "0", 8, 10), "PL": Plan("48", "", 9, 9, premium=("70",)),
    "PT": Plan("351", "", 9, 9), "RU": Plan("7", "8", 10, 10), "SA": Plan("966", "0", 9, 9),
    "SE": Plan("46", "0", 7, 9), "TR": Plan("90", "0", 10, 10), "UA": Plan("380", "0", 9, 9),
    "US": Plan("1", "1", 10, 10, premium=("900",)), "ZA": Plan("27", "0", 9, 9),
}  # fmt: skip


def phone(value: Any, argument: Argument, _now: datetime) -> str:
    """Return a phone number as +972521234567."""
    return read_phone(value, argument.region, library())


def read_phone(value: Any, region: str, by: Any = None) -> str:
    """Return a phone number in E.164; `by` is the library phonenumbers, None for the rules of this module."""
    written = plain_digits(words(value))
    if not _WRITTEN.fullmatch(written) or not any(char.isdigit() for char in written):
        raise Unfit("has to be a phone number, of digits")
    number = ("+" if written.startswith("+") else "") + re.sub(r"\D", "", written)
    if number.startswith("00"):
        number = "+" + number[2:]
    if not number.startswith("+") and not region:
        raise Unfit("has to be a phone number with its country's prefix, such as +972521234567")
    return _parsed(number, region, by) if by is not None else _counted(number, region)


@cache
def library() -> Any:
    """Return the library phonenumbers, imported at the first time; None if it is not installed."""
    if not is_installed("phonenumbers"):
        return None
    import phonenumbers  # 40 ms that a config without phone numbers does not wait for

    return phonenumbers


def regions() -> frozenset[str]:
    """Return the countries whose numbers can be read without a prefix."""
    return frozenset(PLANS) if library() is None else frozenset(library().SUPPORTED_REGIONS)


def is_landline(number: str) -> bool:
    """True if a number in E.164 is known to take no messages."""
    by = library()
    if by is None:
        return False
    return bool(by.number_type(by.parse(number, None)) == by.PhoneNumberType.FIXED_LINE)


def _parsed(number: str, region: str, by: Any) -> str:
    try:
        found = by.parse(number, region or None)
    except by.NumberParseException:
        raise Unfit(f"is no phone number: {ASK}") from None
    kinds = by.PhoneNumberType
    country = by.region_code_for_number(found) or by.region_code_for_country_code(found.country_code)
    mobile, fixed = (_first(by.example_number_for_type(country, kind)) for kind in (kinds.MOBILE, kinds.FIXED_LINE))
    kind = kinds.MOBILE if mobile != fixed and str(found.national_number)[0] == mobile else kinds.UNKNOWN
    if by.is_possible_number_for_type_with_reason(found, kind) != by.ValidationResult.IS_POSSIBLE:
        like = by.example_number_for_type(country, kinds.MOBILE)
        raise Unfit(
            _told(_digits(number, PLANS.get(country)), "mobile " * (kind == kinds.MOBILE), like and _length(like, by))
        )
    if by.number_type(found) in (kinds.PREMIUM_RATE, kinds.SHARED_COST):
        raise Unfit(PREMIUM)
    return _bounded(str(by.format_number(found, by.PhoneNumberFormat.E164)))


def _first(example: Any) -> str:
    return str(example.national_number)[0] if example is not None else ""


def _length(example: Any, by: Any) -> str:
    return str(len(re.sub(r"\D", "", by.format_number(example, by.PhoneNumberFormat.NATIONAL))))


def _digits(number: str, plan: Plan | None) -> int:
    """Return how many digits a number has, as people of its country count them."""
    if plan is not None and number.startswith(f"+{plan.code}"):
        return len(number) - 1 - len(plan.code) + len(plan.trunk)
    return len(number.removeprefix("+"))


def _counted(number: str, region: str) -> str:
    plan = PLANS.get(region) if not number.startswith("+") else _plan_of(number)
    if plan is None:
        return _bounded(number)
    national = number.removeprefix(f"+{plan.code}").removeprefix(plan.trunk)
    is_mobile = bool(plan.mobile) and national.startswith(plan.mobile)
    least, most = plan.mobile_digits if is_mobile else (plan.least, plan.most)
    if not least <= len(national) <= most:
        trunk = len(plan.trunk)
        wanted = f"{least + trunk}" if least == most else f"{least + trunk} to {most + trunk}"
        raise Unfit(_told(_digits(number, plan), "mobile " * is_mobile, wanted))
    if national.startswith(plan.premium):
        raise Unfit(PREMIUM)
    return _bounded(f"+{plan.code}{national}")


def _plan_of(number: str) -> Plan | None:
    return next((plan for plan in PLANS.values() if number.startswith(f"+{plan.code}")), None)


def _told(has: int, kind: str, wanted: str | None) -> str:
    rule = f", and a {kind}number there has {wanted}" if wanted else ", which no phone number there has"
    return f"has {has} digits{rule}: {ASK}"


def _bounded(number: str) -> str:
    if not E164.fullmatch(number):
        raise Unfit(f"is no phone number: {ASK}")
    return number
