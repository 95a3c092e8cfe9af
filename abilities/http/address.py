"""Addresses with places: checked at load, filled so that no value leaves its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from pipeline.arguments import Template
from pipeline.arguments.template import MISSING, as_text, fill_data, look_up
from pipeline.tool import ToolRefused

_ASCII = "".join(map(chr, range(33, 127)))  # the rest of an address is encoded: letters of the config's own
_HOST = re.compile(r"([a-z]+://)?[^/?#]*", re.IGNORECASE)


def faults(url: str, optional: frozenset[str]) -> Iterator[str]:
    """Yield the faults of an address, as predicates; `optional` are the arguments that may be missing."""
    host = _HOST.match(url)
    before = host[0] if host else ""
    if "{" in before:
        yield "has a place in its scheme, host or port, by which a caller could lead the request elsewhere"
        return
    try:
        parts = urlsplit(Template(url).filled({}, lambda _value, _way: ""))
        _ = parts.port
    except ValueError as error:
        yield f"is no address: {error}"
        return
    if not before.isascii():
        yield "has a host with letters beyond ASCII: write it as xn--…"
    elif parts.scheme not in ("http", "https") or not parts.hostname:
        yield "has to be an address such as https://crm.example.com/listings"
    elif parts.username is not None:
        yield "has a password in it: `headers` is the place for it"
    elif parts.fragment or re.search(r"[\s\\]", url):
        yield "has characters that an address cannot have"
    path = Template(url.partition("?")[0])
    for name, _ in path.places:
        if name in optional:
            yield f"has {{{name}}} in its path, which may be left out: `query` is the place for it"


def fill(url: str, query: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    """Return an address with its places filled, percent-encoded; raises ToolRefused for a value that no path can have.

    Entries of the query that lack a value are left out, and lists become one entry for each value.
    """
    path, mark, written = url.partition("?")
    for name, _ in Template(path).places:
        value = look_up(values, name)
        if value is MISSING or as_text(value) == "":
            raise ToolRefused(f"{name} is not known yet, and the request needs it")
    filled = Template(path).filled(values, _encoded)
    if any(part in (".", "..") for part in filled.split("/")):
        raise ToolRefused("a value of dots cannot be part of the address")
    pairs = [(name, each) for name, value in fill_data(query, values).items() for each in _several(value)]
    more = [Template(written).filled(values, _encoded)] if mark and written else []
    text = "&".join([*more, *([urlencode(pairs, quote_via=quote)] if pairs else [])])
    return quote(f"{filled}?{text}" if text else filled, safe=_ASCII)


def _encoded(value: Any, _way: str) -> str:
    return quote(as_text(value), safe="")


def _several(value: Any) -> list[str]:
    return [as_text(each) for each in value] if isinstance(value, list) else [as_text(value)]
