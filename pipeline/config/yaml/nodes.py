"""The nodes of a YAML text, each with its place in the file."""

from __future__ import annotations

from collections.abc import Mapping as Dict

import msgspec

from pipeline.faults import Place


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A node of a YAML document."""

    at: Place
    weight: int = 1  # nodes in it, aliases counted each time
    height: int = 0  # levels below it


class Scalar(Node, frozen=True, kw_only=True):
    """A single value as written; the reader decides if it is text, a number, a truth value or nothing."""

    text: str
    plain: bool = True  # not quoted


class Sequence(Node, frozen=True, kw_only=True):
    """A list."""

    items: tuple[Node, ...]


class Mapping(Node, frozen=True, kw_only=True):
    """Keys and values, in the order of the file."""

    entries: tuple[tuple[Scalar, Node], ...]


class Broken(Node, frozen=True, kw_only=True):
    """A node with a fault that is noted already: readers skip it in silence."""


def from_python(value: object, at: Place) -> Node:
    """Return the tree of Python data, all of it at one place."""
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
