"""The types of values: of each the reading, the JSON schema, and the comparison with its bounds, in one table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from pipeline.arguments import moments, phones, plain
from pipeline.arguments.argument import Argument, ArgumentType, Unfit


def _numeric(bound: Any, _now: datetime) -> float:
    return float(bound)


def _count(bound: Any, _now: datetime) -> float:
    """Return a bound of lengths; raises ValueError for anything but a whole number from 0."""
    number = float(bound)
    if number < 0 or not number.is_integer():
        raise ValueError(bound)
    return number


def _as_it_is(value: Any, _now: datetime) -> Any:
    return value


def _length(value: Any, _now: datetime) -> int:
    return len(value)


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A type of values."""

    read: Callable[[Any, Argument, datetime], Any]  # a model's JSON → the canonical value; raises Unfit
    schema: Mapping[str, Any]
    hint: str = ""  # on its form, told to the model
    size: Callable[[Any, datetime], Any] = _as_it_is  # a value → that which is compared with its bounds
    bound: Callable[[Any, datetime], Any] | None = None  # a declared bound → the same; None: it can have none
    unit: str = ""  # the things that are counted, if it is the length that is bounded
    ends: tuple[str, str] = ("at least", "at most")
    keys: tuple[str, str] = ("", "")  # of its bounds in a JSON schema
    has: frozenset[str] = frozenset()  # those of `of`, `like` and `region` that it can have

    def limits(self, argument: Argument, now: datetime) -> tuple[Any, Any]:
        """Return the least and the greatest size at a moment, None for none; ValueError for what is no bound."""
        if self.bound is None:
            return None, None
        bounds = (argument.least, argument.greatest)
        least, greatest = (None if each is None else self.bound(each, now) for each in bounds)
        return least, greatest

    def check(self, value: Any, argument: Argument, now: datetime) -> None:
        """Raise Unfit for a value beyond its bounds."""
        least, greatest = self.limits(argument, now)
        size = self.size(value, now)
        if (least is None or size >= least) and (greatest is None or size <= greatest):
            return
        verb = f"has {size} {self.unit}, and has to have" if self.unit else "has to be"
        raise Unfit(f"{verb} {self.span(_shown(least), _shown(greatest))}")

    def span(self, least: str, greatest: str) -> str:
        """Return bounds in words; a blank one is none."""
        if least and greatest:
            return least if least == greatest else f"{least} to {greatest}"
        return f"{self.ends[0]} {least}" if least else f"{self.ends[1]} {greatest}"


def _shown(bound: Any) -> str:
    if bound is None:
        return ""
    return f"{bound:.15g}" if isinstance(bound, float) else str(bound)


KINDS: Mapping[ArgumentType, Kind] = {
    "text": Kind(
        read=plain.text,
        schema={"type": "string"},
        size=_length,
        bound=_count,
        unit="characters",
        keys=("minLength", "maxLength"),
        has=frozenset({"like"}),
    ),
    "number": Kind(read=plain.number, schema={"type": "number"}, bound=_numeric, keys=("minimum", "maximum")),
    "integer": Kind(read=plain.integer, schema={"type": "integer"}, bound=_numeric, keys=("minimum", "maximum")),
    "yes_no": Kind(read=plain.yes_no, schema={"type": "boolean"}),
    "date": Kind(
        read=moments.day,
        schema={"type": "string", "format": "date"},
        hint="a date such as 2026-12-01",
        size=moments.date_bound,
        bound=moments.date_bound,
        ends=("from", "until"),
    ),
    "time": Kind(
        read=moments.hour,
        schema={"type": "string"},
        hint="a time such as 09:30",
        size=moments.time_bound,
        bound=moments.time_bound,
        ends=("from", "until"),
    ),
    "datetime": Kind(
        read=moments.moment,
        schema={"type": "string"},
        hint="a local date and time such as 2026-12-01T09:30",
        size=moments.datetime_bound,
        bound=moments.datetime_bound,
        ends=("from", "until"),
    ),
    "phone": Kind(
        read=phones.phone,
        schema={"type": "string"},
        hint="a phone number, as it was said",
        has=frozenset({"region"}),
    ),
    "email": Kind(read=plain.email, schema={"type": "string", "format": "email"}),
    "digits": Kind(
        read=plain.digits,
        schema={"type": "string"},
        hint="digits alone",
        size=_length,
        bound=_count,
        unit="digits",
        keys=("minLength", "maxLength"),
        has=frozenset({"like"}),
    ),
    "one_of": Kind(read=plain.one_of, schema={"type": "string"}, has=frozenset({"of"})),
    "list": Kind(
        read=plain.items,
        schema={"type": "array"},
        size=_length,
        bound=_count,
        unit="values",
        keys=("minItems", "maxItems"),
        has=frozenset({"of", "like"}),
    ),
}


def read(value: Any, argument: Argument, now: datetime) -> Any:
    """Return the canonical form of a value of a model's JSON; raises Unfit."""
    kind = KINDS[argument.type]
    found = kind.read(value, argument, now)
    kind.check(found, argument, now)
    return found


def schema(argument: Argument) -> dict[str, Any]:
    """Return the JSON schema of one value."""
    kind = KINDS[argument.type]
    made = dict(kind.schema)
    bounds = dict(zip(kind.keys, (argument.least, argument.greatest), strict=True))
    made |= {key: plain.shortest(float(each)) for key, each in bounds.items() if key and each is not None}
    inner = made.setdefault("items", {"type": "string"}) if argument.type == "list" else made
    if argument.of:
        inner["enum"] = list(argument.of)
    if argument.like:
        inner["pattern"] = f"^(?:{argument.like})$"
    if told := _description(kind, argument):
        made["description"] = told
    return made


def _description(kind: Kind, argument: Argument) -> str:
    """Return the words about a value: the config's, the form, and bounds that JSON schema has no word for."""
    hint = kind.hint
    if kind.bound and not kind.keys[0] and (argument.least is not None or argument.greatest is not None):
        hint += ", " + kind.span(*("" if each is None else str(each) for each in (argument.least, argument.greatest)))
    about = re.sub(r"[.\s]+$", "", argument.about)
    return f"{about} ({hint})" if about and hint else argument.about or hint
