"""Conditions on one value of an event: a bound on a number or duration, a text or part of it, a truth value."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from pipeline.audio import FUZZ
from pipeline.config.reading import Reader
from pipeline.config.values import BROKEN
from pipeline.config.yaml.nodes import Mapping, Node, Scalar
from pipeline.config.yaml.scalars import core, seconds, span

Unit = Literal["seconds", "count", "number"]

_SIGNS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda value, bound: value < bound - FUZZ,
    "<=": lambda value, bound: value <= bound + FUZZ,
    ">": lambda value, bound: value > bound + FUZZ,
    ">=": lambda value, bound: value >= bound - FUZZ,
    "=": lambda value, bound: abs(value - bound) <= FUZZ,
}
_BOUND = re.compile(r"(<=|>=|<|>|=)?\s*(.+)")
_WANTS = {
    "seconds": 'a duration, perhaps compared, e.g. < 900ms or ">= 1s"',
    "count": 'a whole number, perhaps compared, e.g. 2 or ">= 2"',
    "number": 'a number, perhaps compared, e.g. 0.5 or "> 0.5"',
}


class Bound(msgspec.Struct, frozen=True):
    """A comparison with a number of a unit; a difference up to `audio.FUZZ` counts as equal."""

    sign: str
    amount: float
    unit: Unit = "count"

    def holds(self, value: float) -> bool:
        """True if the value fulfils the comparison."""
        return _SIGNS[self.sign](value, self.amount)

    def show(self, value: float) -> str:
        """Return a value written in the bound's unit."""
        return span(round(value, 4)) if self.unit == "seconds" else f"{value:g}"

    def __str__(self) -> str:
        return f"{self.sign} {self.show(self.amount)}"


ONCE = Bound(">=", 1)
NEVER = Bound("=", 0)


class Text(msgspec.Struct, frozen=True):
    """A condition on a text: to equal a given text, to contain it, or to match it as a regular expression."""

    how: Literal["equals", "contains", "fits"]
    what: str

    def holds(self, value: Any) -> bool:
        """True if the value fulfils the condition."""
        if self.how == "fits":
            return re.search(self.what, str(value)) is not None
        return self.what in str(value) if self.how == "contains" else bool(operator.eq(value, self.what))

    def __str__(self) -> str:
        return {"equals": f'"{self.what}"', "contains": f'containing "{self.what}"', "fits": f"/{self.what}/"}[self.how]


class Exactly(msgspec.Struct, frozen=True):
    """A condition on a truth value: to be this one."""

    what: bool

    def holds(self, value: Any) -> bool:
        """True if the value is this one."""
        return value is self.what

    def __str__(self) -> str:
        return str(self.what).lower()


Wanted = Bound | Text | Exactly


def read_bound(node: Node, reader: Reader, name: str, unit: Unit) -> Any:
    """Return the Bound that a node has, for values of this unit; BROKEN, with a fault noted, if it has none."""
    value = reader.read(node, Any, name) if isinstance(node, Scalar) else ""
    if value is BROKEN:
        return BROKEN
    found = _BOUND.fullmatch(str(value).strip())
    amount = _amount(found[2], unit) if found and not isinstance(value, bool) else None
    if found is None or amount is None:
        return reader.unfit(node.at, name, _WANTS[unit], reader.got_node(node))
    return Bound(found[1] or "=", amount, unit)


def _amount(text: str, unit: Unit) -> float | None:
    if unit == "seconds":
        return seconds(text)
    value = core(text)
    kinds = (int,) if unit == "count" else (int, float)
    return float(value) if isinstance(value, kinds) and not isinstance(value, bool) else None


def read_text(node: Node, reader: Reader, name: str) -> Any:
    """Return the Text of a node: a text, `/a pattern/` or `{contains: …}`; BROKEN, with a fault noted, for others."""
    if isinstance(node, Mapping):
        if len(node.entries) != 1 or node.entries[0][0].text != "contains":
            return reader.unfit(node.at, name, "a text, /a pattern/ or {contains: a text}", "got other keys")
        part = reader.read(node.entries[0][1], str, "contains")
        return BROKEN if part is BROKEN else Text("contains", part)
    text = reader.read(node, str, name)
    if text is BROKEN:
        return BROKEN
    if len(text) < 3 or text[0] != "/" or text[-1] != "/":
        return Text("equals", text)
    try:
        re.compile(text[1:-1])
    except re.error as error:
        return reader.unfit(node.at, name, "a regular expression between its slashes", str(error))
    return Text("fits", text[1:-1])
