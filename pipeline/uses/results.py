"""The results of uses as JSON: bounded for the model, and masked for logs, records and pages."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import msgspec

_RESULT = re.compile(r"\{result((?:\.\w+)*)\}")
MASK = "•"
DEEPEST = 40  # levels of lists and objects in one another; deeper ones are refused by readers of JSON


class Unreadable(ValueError):
    """A result that cannot be told as JSON."""


def text_of(data: Any, most: int) -> str:
    """Return a result as JSON of about `most` characters; a longer one is cut, and says so.

    Raises Unreadable for data that has no JSON, or is nested too deeply.
    """
    if data is None:
        return '{"state":"done"}'
    try:
        text = msgspec.json.encode(data, order="deterministic").decode()
    except (TypeError, ValueError, RecursionError, OverflowError, UnicodeError) as error:
        raise Unreadable(f"a result that is no JSON: {type(error).__name__}") from None
    if _depth(text) > DEEPEST:
        raise Unreadable(f"a result nested more than {DEEPEST} levels deep")
    if len(text) <= most:
        return text
    return told({"cut": f"the first part of {len(text)} characters", "part": text[: most - 80]})


def filled(text: str, result: str) -> str:
    """Return a text with its places `{result}` and `{result.name.name}` filled from a result's JSON.

    Raises LookupError if the result lacks one.
    """
    data = msgspec.json.decode(result)
    return _RESULT.sub(lambda place: _said(_inside(data, place[1].split(".")[1:])), text)


def _inside(data: Any, names: list[str]) -> Any:
    for name in names:
        data = data[int(name)] if isinstance(data, list) and name.isdigit() else data[name]
    return data


def _said(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def told(data: dict[str, Any]) -> str:
    """Return a small object of our own as JSON."""
    return msgspec.json.encode(data).decode()


def reason_of(text: str) -> str:
    """Return the sentence about an error in a result that `told` made; blank if it has none."""
    data = msgspec.json.decode(text)
    return str(data.get("error", "")) if isinstance(data, dict) else ""


def masked(text: str, hidden: Collection[str]) -> str:
    """Return JSON with a bullet in the place of hidden names' values, at any depth, and of all of it if it is none."""
    if not hidden:
        return text
    try:
        return msgspec.json.encode(_without(msgspec.json.decode(text), hidden)).decode()
    except (msgspec.DecodeError, RecursionError):
        return f'"{MASK}"'


def _without(data: Any, hidden: Collection[str]) -> Any:
    if isinstance(data, dict):
        return {name: MASK if name in hidden else _without(value, hidden) for name, value in data.items()}
    return [_without(each, hidden) for each in data] if isinstance(data, list) else data


def _depth(text: str) -> int:
    """Return how deeply a JSON text is nested, at most; brackets within strings count, too."""
    # Without a parser, as one would recurse as deeply as the text does.
    depth = deepest = 0
    for sign in text:
        depth += (sign in "[{") - (sign in "]}")
        deepest = max(deepest, depth)
    return deepest
