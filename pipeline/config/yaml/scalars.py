"""The meaning of a scalar's text: YAML 1.2's core schema, and durations."""

from __future__ import annotations

import math
import re

_CONSTANTS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?[0-9]{1,40}")
_BASED = re.compile(r"0o[0-7]{1,40}|0x[0-9a-fA-F]{1,40}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_DURATION = re.compile(r"([-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))\s?(ms|s|min|h|d|w)")
_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}

Plain = None | bool | int | float | str


def core(text: str) -> Plain:
    """Return the meaning of unquoted text in YAML 1.2's core schema: `NO`, `on` and `12:30` are text, `012` is 12."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _SPECIAL.fullmatch(text):
        return float(text.replace(".", ""))
    return text


def seconds(text: str) -> float | None:
    """Return the seconds that `300ms`, `0.48s`, `2min`, `1h`, `30d`, `2w` stand for; None if it is no duration."""
    found = _DURATION.fullmatch(text.strip())
    amount = round(float(found[1]) * _SECONDS[found[2]], 9) if found else math.inf
    return amount if math.isfinite(amount) else None


def span(amount: float) -> str:
    """Write seconds as a config would."""
    if 0 < amount < 1:
        return f"{amount * 1000:.12g}ms"
    if amount >= 86400 and amount % 86400 == 0:
        return f"{amount / 86400:.12g}d"
    if amount >= 120 and amount % 60 == 0:
        return f"{amount / 60:.12g}min"
    return f"{amount:.12g}s"
