"""A server's tool as it is told to a model: its words, its arguments, the faults that it can have, and the pin."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from pipeline.arguments import Arguments, BadArguments, json_object

MOST = 16_000  # characters of a schema: the model reads it with each question
DEEPEST = 20  # levels of objects and lists in a schema
MOST_WORDS = 1000  # characters of a description, which models take

_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
_AT_ROOT = ("anyOf", "oneOf", "allOf", "not", "if", "enum", "$ref")  # not taken there by models


class Listed(msgspec.Struct, frozen=True):
    """A tool as its server lists it."""

    name: str
    words: str
    schema: dict[str, Any]

    def fault(self) -> str:
        """Return what keeps a model from being told of it, as a predicate; blank if nothing does."""
        if self.schema.get("type") != "object" or any(each in self.schema for each in _AT_ROOT):
            return "takes what is no plain object of arguments"
        properties = self.schema.get("properties", {})
        if not isinstance(properties, dict) or not all(isinstance(each, dict) for each in properties.values()):
            return "takes arguments without a schema each"
        if not all(_has_kinds(each) for each in properties.values()):
            return "takes arguments of kinds that JSON has not"
        required = self.schema.get("required", [])
        if not isinstance(required, list) or any(each not in list(properties) for each in required):
            return "requires arguments of which it says nothing"
        if _depth(self.schema) > DEEPEST or len(_text(self.schema)) > MOST:
            return f"has a schema of more than {MOST} characters or {DEEPEST} levels"
        if any(not each.startswith("#/") for each in _references(self.schema)):
            return "has a schema with references to other documents"
        return ""


class Schema(Arguments):
    """The arguments that a server's tool takes; those of `None`, of a server that is not there yet, are not known.

    Names, what is missing, and the kinds and choices of the values themselves are checked here, the rest by the server.
    """

    def __init__(self, schema: dict[str, Any] | None) -> None:
        super().__init__({})
        self._schema: dict[str, Any] = schema if schema is not None else {"type": "object", "properties": {}}
        self.are_known = schema is not None
        self._properties: dict[str, dict[str, Any]] = self._schema.get("properties", {})

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._properties)

    def read(self, text: str, now: datetime | None = None) -> dict[str, Any]:
        """Return the values of a model's JSON; raises BadArguments."""
        if not self.are_known:  # in a replay, whose record has what fitted
            return msgspec.json.decode(text, type=dict[str, Any])
        found = json_object(text, self.names)
        wrong = {name: fault for name, value in found.items() if (fault := _fault(value, self._properties[name]))}
        required = self._schema.get("required", [])
        wrong |= {name: "is missing" for name in required if name not in found}
        if wrong:
            raise BadArguments("; ".join(f"`{name}` {fault}" for name, fault in list(wrong.items())[:5]))
        return found

    def schema(self) -> dict[str, Any]:
        return self._schema


def pin(listed: Iterable[Listed]) -> str:
    """Return the fingerprint of tools: 64 bits of a hash of their names, words and schemas, as hexadecimal digits."""
    parts = [[each.name, each.words, each.schema] for each in sorted(listed, key=lambda each: each.name)]
    return hashlib.sha256(_text(parts).encode()).hexdigest()[:16]


def _has_kinds(schema: dict[str, Any]) -> bool:
    kinds = schema.get("type", [])
    return all(each in list(_KINDS) for each in (kinds if isinstance(kinds, list) else [kinds]))


def _fault(value: Any, schema: dict[str, Any]) -> str:
    kinds = schema.get("type") or list(_KINDS)
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if not any(_is(value, kind) for kind in kinds):
        return f"has to be of type {' or '.join(kinds)}"
    choices = schema.get("enum")
    if isinstance(choices, list) and value not in choices:
        return f"has to be one of {_text(choices)[:200]}"
    return ""


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):  # to Python, a number
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _KINDS[kind])


def _text(data: Any) -> str:
    return msgspec.json.encode(data, order="sorted").decode()


def _depth(data: Any, level: int = 1) -> int:
    inside = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    # Beyond the bound nothing has to be counted, and a thousand levels must not exhaust the stack.
    return level if level > DEEPEST else max((_depth(each, level + 1) for each in inside), default=level)


def _references(data: Any) -> Iterable[str]:
    if isinstance(data, dict):
        for name, each in data.items():
            if name in ("$ref", "$dynamicRef") and isinstance(each, str):
                yield each
            yield from _references(each)
    elif isinstance(data, list):
        for each in data:
            yield from _references(each)
