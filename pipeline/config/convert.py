"""A scalar's value → the type that a field asks for, or what it wants instead."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from pipeline.config.scalars import core, seconds, span
from pipeline.config.variables import Value
from pipeline.faults import clipped, did_you_mean
from pipeline.spec import Secret, choices

TRUE, FALSE = ("yes", "on", "y", "1"), ("no", "off", "n", "0")


class Unfit(Exception):
    """A value does not fit: `wants` says what would, `got` shows the value unless it must not be shown."""

    def __init__(self, wants: str, hint: str = "", got: str = "") -> None:
        super().__init__(wants)
        self.wants = wants
        self.hint = hint
        self.got = got


def convert(value: Value, bare: Any, said: dict[str, Any]) -> Any:
    """The value as a `bare` that keeps what its annotation has said of it; raises Unfit."""
    if allowed := choices(bare):
        return _choice(value, allowed)
    if bare is float and said.get("kind") == "duration":
        return _within(_duration(value), said, span)
    if bare not in _CONVERT:
        raise Unfit(f"a {getattr(bare, '__name__', bare)}, which no config can write")
    made = _CONVERT[bare](value)
    if bare in (int, float):
        return _within(made, said, _number)
    return _formed(made, said) if bare in (str, Secret) else made


def shown(value: Value) -> str:
    """A value for a message, clipped."""
    return f"`{clipped(value.text)}`" if value.text else "nothing"


def _bool(value: Value) -> bool:
    meaning = value.meaning
    if isinstance(meaning, bool):
        return meaning
    text = value.text.strip().lower()
    likely = "true" if text in ("true", *TRUE) else "false" if text in ("false", *FALSE) else ""
    raise Unfit("true or false", f"did you mean `{likely}`, without quotes?" if likely else "")


def _int(value: Value) -> int:
    meaning = value.meaning
    if isinstance(meaning, int) and not isinstance(meaning, bool):
        return meaning
    raise Unfit("a whole number", _unquote(value, int))


def _float(value: Value) -> float:
    meaning = value.meaning
    if isinstance(meaning, int | float) and not isinstance(meaning, bool) and math.isfinite(meaning):
        return float(meaning)
    raise Unfit("a number", _unquote(value, int, float))


def _unquote(value: Value, *kinds: type) -> str:
    return "write it without quotes" if not value.plain and type(core(value.text)) in kinds else ""


def _duration(value: Value) -> float:
    made = seconds(value.text)
    if made is None:
        raise Unfit("a duration, e.g. 300ms or 0.48s")
    if made < 0:
        raise Unfit("0s or more", got=span(made))
    return made


def _text(value: Value) -> str:
    if value.filled or isinstance(value.meaning, str):
        return value.text
    kind = {bool: "true or false", type(None): "nothing"}.get(type(value.meaning), "a number")
    raise Unfit("text", f'as it is, this means {kind}; quote it: "{value.text}"')


def _anything(value: Value) -> Any:
    return value.meaning


def _choice(value: Value, allowed: tuple[Any, ...]) -> Any:
    named = {str(getattr(each, "value", each)): each for each in allowed}
    if value.text in named:
        return named[value.text]
    hint = "" if value.names else did_you_mean(value.text, named)
    raise Unfit("one of " + ", ".join(named), hint)


def _within(number: Any, said: dict[str, Any], show: Callable[[float], str]) -> Any:
    low, high, above, below = (said.get(name) for name in ("ge", "le", "gt", "lt"))
    small = (low is not None and number < low) or (above is not None and number <= above)
    large = (high is not None and number > high) or (below is not None and number >= below)
    if not small and not large:
        return number
    raise Unfit(bounds(said, show), got=show(number))


def bounds(said: dict[str, Any], show: Callable[[float], str] | None = None) -> str:
    """The bounds of a number in words; nothing if it has none."""
    show = show or (span if said.get("kind") == "duration" else _number)
    low, high, above, below = (said.get(name) for name in ("ge", "le", "gt", "lt"))
    if low is not None and high is not None:
        return f"{show(low)} to {show(high)}"
    words = (("at least", low), ("at most", high), ("more than", above), ("less than", below))
    return " and ".join(f"{word} {show(bound)}" for word, bound in words if bound is not None)


def _number(number: float) -> str:
    return clipped(str(number)) if isinstance(number, int) else f"{number:g}"


def _formed(text: str, said: dict[str, Any]) -> str:
    plain = text.reveal() if isinstance(text, Secret) else text
    shortest, longest, pattern = said.get("min_length"), said.get("max_length"), said.get("pattern")
    if shortest is not None and len(plain) < shortest:
        raise Unfit("some text" if shortest == 1 else f"at least {shortest} characters")
    if longest is not None and len(plain) > longest:
        raise Unfit(f"at most {longest} characters", got=f"{len(plain)}")
    if pattern is not None and not re.search(pattern, plain):
        raise Unfit(said.get("looks") or f"text of the form {pattern}")
    return text


_CONVERT: dict[Any, Callable[[Value], Any]] = {
    Any: _anything,
    object: _anything,
    bool: _bool,
    int: _int,
    float: _float,
    str: _text,
    Secret: lambda value: Secret(_text(value)),
}
