"""Values → the YAML that one would have written for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

import msgspec

from pipeline import spec
from pipeline.config.scalars import core, span
from pipeline.spec import Secret

_PLAIN = re.compile(r"\w[\w.+/-]*(?: [\w.+/-]+)*")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}


def scalar(text: str, plain: bool = True) -> str:
    """A scalar as it may stand anywhere in a YAML file, plain if it was and can be."""
    if plain and not isinstance(core(text), str):
        return text or "null"
    if plain and _PLAIN.fullmatch(text):
        return text
    return '"' + "".join(_ESCAPES.get(char) or _char(char) for char in text) + '"'


def written(value: Any, said: Mapping[str, Any]) -> str:
    """A setting's value as a config would have it; `said` is what its annotation says."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return span(value) if said.get("kind") == "duration" else repr(value)
    if isinstance(value, Enum):
        return written(value.value, {})
    if isinstance(value, Secret):
        return "•••" if value.reveal() else '""'
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(key))}: {written(each, {})}" for key, each in value.items()) + "}"
    if isinstance(value, msgspec.Struct):
        return _struct(value)
    if isinstance(value, list | tuple | set | frozenset):
        return "[" + ", ".join(written(each, {}) for each in value) + "]"
    return scalar(str(value), plain=False)


def _struct(value: msgspec.Struct) -> str:
    fields = [(each.name, each.type, getattr(value, each.name)) for each in spec.fields(type(value))]
    said = {name: spec.peel(spec.optional(kind) or kind)[1] for name, kind, _ in fields}
    return "{" + ", ".join(f"{name}: {written(each, said[name])}" for name, _, each in fields) + "}"


def _char(char: str) -> str:
    code = ord(char)
    if char.isprintable():
        return char
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
