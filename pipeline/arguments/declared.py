"""The faults of a declaration: those that would otherwise show in a call, when a model first uses the tool."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from pipeline.arguments import moments
from pipeline.arguments.argument import Argument
from pipeline.arguments.kinds import KINDS, Kind
from pipeline.arguments.phones import library, regions

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_BOUNDS = (("from", "least"), ("to", "greatest"))  # as written, and the fields


def faults(name: str, argument: Argument) -> Iterator[tuple[str, str]]:
    """Yield the faults of a value's declaration: the field, blank for the name, and a predicate of it."""
    if not NAME.fullmatch(name):
        yield "", "has to be a name of small letters, digits and _, such as first_name"
    kind = KINDS[argument.type]
    for field in ("of", "like", "region"):
        if getattr(argument, field) and field not in kind.has:
            yield field, f"means nothing for the type {argument.type}"
    yield from _choices(argument)
    yield from _pattern(argument)
    yield from _region(argument)
    yield from _bounds(kind, argument)


def zone_fault(timezone: str) -> str:
    """Return the fault of a time zone's name; blank if it is known."""
    try:
        ZoneInfo(timezone or "UTC")
    except (ValueError, OSError, LookupError):
        return "has to be a time zone's name, such as Asia/Jerusalem"
    return ""


def _choices(argument: Argument) -> Iterator[tuple[str, str]]:
    if argument.type == "one_of" and not argument.of:
        yield "of", "has to have the values to choose from"
    folded = [" ".join(each.casefold().split()) for each in argument.of]
    if "" in folded:
        yield "of", "has a blank value"
    if len(set(folded)) < len(folded):
        yield "of", "has a value twice; small and capital letters are the same"


def _pattern(argument: Argument) -> Iterator[tuple[str, str]]:
    try:
        re.compile(argument.like)
    except (re.error, OverflowError, RecursionError) as error:
        yield "like", f"is no regular expression: {error}"


def _region(argument: Argument) -> Iterator[tuple[str, str]]:
    if argument.region and argument.region not in regions():
        more = "" if library() else "; with the extra `phones` all countries are known"
        yield "region", f"has to be a country's two capital letters, such as IL{more}"


def _bounds(kind: Kind, argument: Argument) -> Iterator[tuple[str, str]]:
    now = moments.present(None)
    found: dict[str, object] = {}
    for written, field in _BOUNDS:
        if (bound := getattr(argument, field)) is None:
            continue
        if kind.bound is None:
            yield written, f"means nothing for the type {argument.type}"
            continue
        try:
            found[written] = kind.bound(bound, now)
        except (ValueError, OverflowError):
            yield written, _wanted(kind, argument)
    if len(found) == len(_BOUNDS) and _crossed(argument, now):
        yield "from", "is more than `to`, so that no value fits"


def _wanted(kind: Kind, argument: Argument) -> str:
    if kind.unit:
        return f"has to be a number of {kind.unit}"
    words = {"date": f" or {moments.TODAY}", "time": f" or {moments.NOW}"}
    words["datetime"] = f", a date, {moments.TODAY} or {moments.NOW}"
    return f"has to be {kind.hint or 'a number'}{words.get(argument.type, '')}"


def _crossed(argument: Argument, now: datetime) -> bool:
    """True if the least is more than the greatest at any moment; the hour of now is not that of a call."""
    if argument.type == "time" and moments.NOW in (argument.least, argument.greatest):
        return False
    least, greatest = KINDS[argument.type].limits(argument, now)
    return bool(least > greatest)


def all_faults(takes: Mapping[str, Argument]) -> Iterator[tuple[str, str]]:
    """Yield the faults of values' declarations with their places, such as `takes.rooms.from`."""
    for name, argument in takes.items():
        for field, text in faults(name, argument):
            yield f"takes.{name}.{field}".removesuffix("."), text
