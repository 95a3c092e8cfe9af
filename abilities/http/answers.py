"""Answers of services, made into results for the model: JSON or text, of the fields that it is to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from pipeline.arguments.template import MISSING, look_up
from pipeline.net import Answer
from pipeline.text.plain_json import encoded
from pipeline.tool import ToolFailed

MOST_WORDS = 200  # characters of a service's own words in a sentence about its error


def read(answer: Answer) -> Any:
    """Return an answer's body as data; raises ToolFailed for one that is neither JSON nor text.

    What JSON has and other JSON has not, such as numbers of 30 digits or 1000 levels, becomes text.
    """
    if not answer.body.strip():
        return {"status": answer.status}
    said_json = answer.kind.endswith(("/json", "+json"))
    if said_json or answer.body.lstrip()[:1] in (b"{", b"["):
        try:
            return msgspec.json.decode(encoded(msgspec.json.decode(answer.body)))
        except (msgspec.DecodeError, ValueError, RecursionError):
            if said_json:
                raise ToolFailed("the service answered with JSON that cannot be read") from None
    return _text(answer)


def pick(data: Any, under: str, gives: Sequence[str], first: int | None) -> Any:
    """Return the part of an answer that the model is told: of the list or object `under` a name, the fields `gives`."""
    if under:
        data = look_up(data, under)
        if data is MISSING:
            raise ToolFailed(f"the service's answer has no `{under}`")
    if isinstance(data, list):
        return [_fields(each, gives) for each in data[:first]]
    return _fields(data, gives)


def words(answer: Answer) -> str:
    """Return the service's own words about an error, if it has some that a model can use; else blank."""
    try:
        data = read(answer)
    except ToolFailed:
        return ""
    if data == {"status": answer.status}:
        return ""
    text = data if isinstance(data, str) else msgspec.json.encode(data).decode()
    return f": {text[:MOST_WORDS]}" + "…" * (len(text) > MOST_WORDS)


def _fields(data: Any, gives: Sequence[str]) -> Any:
    if not gives or not isinstance(data, Mapping):
        return data
    found = {name: look_up(data, name) for name in gives}
    return {name: value for name, value in found.items() if value is not MISSING}


def _text(answer: Answer) -> str:
    try:
        text = answer.body.decode(answer.charset or "utf-8", "replace")
    except LookupError:  # a character set that nobody knows
        text = answer.body.decode("utf-8", "replace")
    if answer.kind == "text/html" or text.lstrip()[:9].lower() == "<!doctype":
        raise ToolFailed("the service answered with a web page")
    if "\0" in text or text.count("\ufffd") > len(text) // 10:
        raise ToolFailed("the service answered with data that is no text")
    return text
