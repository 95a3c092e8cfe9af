"""Variables: `${NAME}` and `${NAME:-text}` in a scalar → its text; `$${` stands for a plain `${`.

White space around a variable's value is dropped; a blank variable is as good as none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from pipeline.config.findings import Findings
from pipeline.config.yaml.nodes import Node, Scalar
from pipeline.config.yaml.scalars import Plain, core
from pipeline.faults import did_you_mean

_VARIABLE = re.compile(r"\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\})?")


class Value(msgspec.Struct, frozen=True):
    """A scalar's text with its variables filled in."""

    text: str
    plain: bool  # True if unquoted, or if variables were filled in
    filled: bool = False  # True if it had variables in it
    names: tuple[str, ...] = ()  # variables filled in: their values must not be shown

    @property
    def meaning(self) -> Plain:
        """The value's meaning before a field asks for a type."""
        return core(self.text.strip() if self.filled else self.text) if self.plain else self.text


def resolve(scalar: Scalar, environment: Mapping[str, str], findings: Findings) -> Value | None:
    """Return the value of a scalar; None, after noting each of them, if variables in it are not set."""
    if "${" not in scalar.text:
        return Value(scalar.text, scalar.plain)
    pieces, names, end, broken, filled = [], [], 0, False, False
    for found in _VARIABLE.finditer(scalar.text):
        pieces.append(scalar.text[end : found.start()])
        end, name, default = found.end(), found[1], found[2]
        filled = filled or name is not None
        if found[0] == "$${":
            pieces.append("${")
        elif name and (given := environment.get(name, "").strip()):
            pieces.append(given)
            names.append(name)
        elif name and default is not None:
            pieces.append(default)
        else:
            broken = True
            _missing(scalar, name, environment, findings)
    text = "".join(pieces) + scalar.text[end:]
    return None if broken else Value(text, scalar.plain or filled, filled, tuple(names))


def defaults(node: Node) -> dict[str, str | None]:
    """Return the variables in a scalar with their defaults, None for one without; nothing for any other node."""
    if not isinstance(node, Scalar):
        return {}
    return {found[1]: found[2] for found in _VARIABLE.finditer(node.text) if found[1]}


def _missing(scalar: Scalar, name: str | None, environment: Mapping[str, str], findings: Findings) -> None:
    if name is None:
        at = findings.within(scalar.at, "${")
        findings.fault(at, "`${` begins no variable here", "write ${NAME}, ${NAME:-text}, or $${ for a plain ${")
        return
    at = findings.within(scalar.at, f"${{{name}").part(2, len(name))
    state = "is empty" if name in environment else "is not set"
    hint = did_you_mean(name, environment.keys() - {name}) or f"set it, or write ${{{name}:-text}}"
    findings.fault(at, f"the variable {name} {state}", hint)
