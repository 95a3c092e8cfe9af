"""The tree that a YAML text becomes: every node knows where it stands."""

from __future__ import annotations

from collections.abc import Mapping as Dict

import msgspec

from pipeline.faults import Place


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a YAML document."""

    at: Place
    weight: int = 1  # nodes in it, aliases followed
    height: int = 0  # levels below it


class Scalar(Node, frozen=True, kw_only=True):
    """Text, a number, a truth value or nothing: which, the reader decides."""

    text: str
    plain: bool = True  # not quoted


class Sequence(Node, frozen=True, kw_only=True):
    """A list."""

    items: tuple[Node, ...]


class Mapping(Node, frozen=True, kw_only=True):
    """Keys and values, in the order of the file."""

    entries: tuple[tuple[Scalar, Node], ...]


class Broken(Node, frozen=True, kw_only=True):
    """Something whose fault is noted already: whoever meets it says no more."""


def from_python(value: object, at: Place) -> Node:
    """The tree of Python data, all of it at one place."""
    if isinstance(value, Node):
        return value
    if isinstance(value, Dict):
        entries = tuple((Scalar(at=at, text=str(key)), from_python(each, at)) for key, each in value.items())
        return Mapping(at=at, entries=entries)
    if isinstance(value, list | tuple):
        return Sequence(at=at, items=tuple(from_python(each, at) for each in value))
    if value is None or isinstance(value, bool):
        return Scalar(at=at, text={None: "", True: "true", False: "false"}[value])
    return Scalar(at=at, text=str(value), plain=isinstance(value, int | float))
