"""Conversion of a scalar's value to the type of a field."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from pipeline.catalog.spec import choices, optional, peel
from pipeline.config.yaml.scalars import core, seconds, span
from pipeline.config.yaml.variables import Value
from pipeline.environment.variables import SWITCH, switch
from pipeline.faults import clipped, did_you_mean, nearest
from pipeline.settings import FilePath, Secret, read_secret

HOUR = 3600  # seconds: a duration that cannot be shorter is probably meant in days


class Unfit(Exception):
    """A value does not fit: `wants` describes values that would, `got` shows this one unless it must stay hidden."""

    def __init__(self, wants: str, hint: str = "", got: str = "") -> None:
        super().__init__(wants)
        self.wants = wants
        self.hint = hint
        self.got = got


def convert(value: Value, bare: Any, said: dict[str, Any]) -> Any:
    """Convert a value to the type `bare`, within the bounds that its annotation has `said`; raises Unfit."""
    if allowed := choices(bare):
        return _choice(value, allowed)
    if bare is float and said.get("kind") == "duration":
        return _within(_duration(value, said), said, span)
    if bare is str and said.get("kind") == "keys":  # those of a phone: 5 and 012 are none of the numbers that they say
        return _formed(value.text, said)
    if bare not in _CONVERT:
        raise Unfit(wanted(bare))
    made = _CONVERT[bare](value)
    if bare in (int, float):
        return _within(made, said, _number)
    return _formed(made, said) if bare in (str, Secret) else made


def wanted(annotation: Any) -> str:
    """Describe in words the values that a setting of this type takes."""
    bare, said = peel(annotation)
    if (inner := optional(bare)) is not None:
        return wanted(inner)
    if get_origin(bare) in (Union, UnionType):
        return " or ".join(map(wanted, get_args(bare)))
    if allowed := choices(bare):
        return "one of " + ", ".join(_named(allowed))
    if said.get("kind") == "duration":
        return "a duration, e.g. 300ms or 0.48s"
    if (get_origin(bare) or bare) in (list, tuple, set, frozenset):
        return "a list"
    if (get_origin(bare) or bare) is dict or (isinstance(bare, type) and issubclass(bare, msgspec.Struct)):
        return "keys and values"
    return _WANTED.get(bare, "something that no config can write")


def shown(value: Value) -> str:
    """Return a value as a message shows it, clipped."""
    return f"`{clipped(value.text)}`" if value.text else "nothing"


def _bool(value: Value) -> bool:
    meaning = value.meaning
    if isinstance(meaning, bool):
        return meaning
    likely = switch(value.text)
    if value.names:
        if likely is None:
            raise Unfit(f"true or false (of a variable: {SWITCH})")
        return likely
    raise Unfit("true or false", "" if likely is None else f"did you mean `{str(likely).lower()}`, without quotes?")


def _int(value: Value) -> int:
    meaning = value.meaning
    if isinstance(meaning, int) and not isinstance(meaning, bool):
        return meaning
    raise Unfit("a whole number", _bare(value, int))


def _float(value: Value) -> float:
    meaning = value.meaning
    if isinstance(meaning, int | float) and not isinstance(meaning, bool) and math.isfinite(meaning):
        return float(meaning)
    raise Unfit("a number", _bare(value, int, float))


def _bare(value: Value, *kinds: type) -> str:
    """Return the hint for a number in quotes or with a unit."""
    if not value.plain and type(core(value.text)) in kinds:
        return "write it without quotes"
    amount = _UNIT.sub("", value.text)
    bare = amount != value.text and type(core(amount)) in kinds and not value.names
    return f"it has no unit: {amount}" if bare else ""


def _duration(value: Value, said: dict[str, Any]) -> float:
    made = seconds(value.text)
    if made is None:
        raise Unfit("a duration, e.g. 300ms or 0.48s", _with_unit(value, said))
    if made < 0:
        raise Unfit("0s or more", got=span(made))
    return made


def _with_unit(value: Value, said: dict[str, Any]) -> str:
    """Return the hint for a duration without a unit: the value with each unit that puts it within its bounds."""
    if type(value.meaning) not in (int, float):
        return ""
    if value.filled:
        return "put the unit after the variable"
    written = [f"{value.text}{unit}" for unit in ("s", "ms", "d") if unit != "d" or (said.get("ge") or 0) >= HOUR]
    fitting = [each for each in written if not _outside(seconds(each) or 0.0, said)]
    return "its unit is missing: " + " or ".join(fitting) if fitting else ""


def _text(value: Value) -> str:
    if value.filled or isinstance(value.meaning, str):
        return value.text
    kind = {bool: "true or false", type(None): "nothing"}.get(type(value.meaning), "a number")
    raise Unfit("text", f'as it is, this means {kind}; quote it: "{value.text}"')


def _anything(value: Value) -> Any:
    return value.meaning


def _choice(value: Value, allowed: tuple[Any, ...]) -> Any:
    named = dict(zip(_named(allowed), allowed, strict=True))
    if value.text in named:
        return named[value.text]
    hint = "" if value.names else did_you_mean(value.text, named)
    raise Unfit("one of " + ", ".join(named), hint)


def _named(allowed: Iterable[Any]) -> list[str]:
    return [str(getattr(each, "value", each)) for each in allowed]


def _within(number: Any, said: dict[str, Any], show: Callable[[float], str]) -> Any:
    if _outside(number, said):
        raise Unfit(bounds(said, show), got=show(number))
    return number


def _outside(number: float, said: dict[str, Any]) -> bool:
    low, high, above, below = (said.get(name) for name in ("ge", "le", "gt", "lt"))
    small = (low is not None and number < low) or (above is not None and number <= above)
    return small or (high is not None and number > high) or (below is not None and number >= below)


def bounds(said: dict[str, Any], show: Callable[[float], str] | None = None) -> str:
    """Return the bounds of a number in words; blank if it has none."""
    show = show or (span if said.get("kind") == "duration" else _number)
    low, high, above, below = (said.get(name) for name in ("ge", "le", "gt", "lt"))
    if low is not None and high is not None:
        return f"{show(low)} to {show(high)}"
    words = (("at least", low), ("at most", high), ("more than", above), ("less than", below))
    return " and ".join(f"{word} {show(bound)}" for word, bound in words if bound is not None)


def _number(number: float) -> str:
    return clipped(str(number)) if isinstance(number, int) else f"{number:.12g}"


def _formed(text: str, said: dict[str, Any]) -> str:
    plain = text.reveal() if isinstance(text, Secret) else text
    shortest, longest, pattern = said.get("min_length"), said.get("max_length"), said.get("pattern")
    if shortest is not None and len(plain) < shortest:
        raise Unfit("some text" if shortest == 1 else f"at least {shortest} characters")
    if longest is not None and len(plain) > longest:
        raise Unfit(f"at most {longest} characters", got=f"{len(plain)}")
    if pattern is not None and not re.search(pattern, plain):
        raise Unfit(said.get("looks") or f"text of the form {pattern}", _by_name(plain, said.get("named") or {}))
    return text


def _by_name(text: str, named: Mapping[str, str]) -> str:
    """Return the hint for a value that is meant by a name: `hebrew` for `he`."""
    name = text.strip().casefold()
    found = named.get(name) or named.get(nearest(name, named), "")
    return f"did you mean `{found}`?" if found else ""


_UNIT = re.compile(r"\s?(ms|s|min|h|d|w|%|Hz|dB)$")
_WANTED = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    Secret: "text",
    FilePath: "a file",
    Any: "a value",
    object: "a value",
}
_CONVERT: dict[Any, Callable[[Value], Any]] = {
    Any: _anything,
    object: _anything,
    bool: _bool,
    int: _int,
    float: _float,
    str: _text,
    Secret: lambda value: read_secret(_text(value)),
}
