"""JSON of plain data with text from anywhere: no odd character and no odd value ends the line that it is on."""

from __future__ import annotations

import re
from typing import Any

import msgspec

DEEPEST = 50  # levels of data that are kept

_SURROGATES = re.compile("[\ud800-\udfff]+")


def encoded(data: Any) -> bytes:
    """Return data as JSON on one line, in UTF-8.

    A lone surrogate, which UTF-8 lacks, becomes U+FFFD; an object that JSON lacks its text; data below 50 levels
    (DEEPEST) `…`.
    """
    try:
        return msgspec.json.encode(data, enc_hook=str)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return msgspec.json.encode(_plain(data, DEEPEST))


def whole(text: str) -> str:
    """Return text that UTF-8 can encode: two surrogates that are one character joined, a lone one as U+FFFD."""
    return _SURROGATES.sub(lambda found: found[0].encode("utf-16", "surrogatepass").decode("utf-16", "replace"), text)


def _plain(data: Any, deep: int) -> Any:
    if isinstance(data, str):
        return whole(data)
    if data is None or isinstance(data, bool | float | msgspec.Raw):
        return data
    if isinstance(data, int):
        return data if abs(data) < 2**63 else str(float(data)) if abs(data) < 10**300 else "…"
    if not deep:
        return "…"
    if isinstance(data, dict):
        return {whole(str(key)): _plain(value, deep - 1) for key, value in data.items()}
    if isinstance(data, list | tuple | set | frozenset):
        return [_plain(each, deep - 1) for each in data]
    return whole(str(data))
