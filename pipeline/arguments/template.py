"""Texts with places for values: `{name}`, or `{name|way}` with the way in which it is said; `{{` and `}}` are braces.

A name may lead into a value: `{result.count}`. The text is read once: a value with braces in it is no template.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

from pipeline.arguments.ways import WAYS, said, usual
from pipeline.faults import did_you_mean

_PLACE = re.compile(r"\{\{|\}\}|\{(\w+(?:\.\w+)*)(?:\|(\w+))?\}")


class _Missing:
    """The value of a place that has none."""


MISSING: Final = _Missing()


class Template:
    """A text with places."""

    def __init__(self, text: str) -> None:
        self.text = text
        found = [place for place in _PLACE.finditer(text) if place[1]]
        self.places = tuple((place[1], place[2] or "") for place in found)  # name and way
        self._alone = len(found) == 1 and found[0][0] == text and not found[0][2]

    def fill(self, values: Mapping[str, Any], language: str) -> str:
        """Return the text with its places filled, as it is said; the place of a value that is missing is left blank."""
        return self.filled(values, lambda value, way: said(value, way, language))

    def filled(self, values: Mapping[str, Any], put: Callable[[Any, str], str]) -> str:
        """Return the text with each value written by `put`, which is given the way, too."""

        def place(found: re.Match[str]) -> str:
            if not found[1]:
                return found[0][0]  # one brace of two
            value = look_up(values, found[1])
            return "" if value is MISSING else put(value, found[2] or "")

        return _PLACE.sub(place, self.text)

    def value(self, values: Mapping[str, Any]) -> Any:
        """Return the value of a text that is one place, in its own type, else the text; MISSING if a value is."""
        found = [look_up(values, name) for name, _ in self.places]
        if MISSING in found:
            return MISSING
        return found[0] if self._alone else self.filled(values, lambda value, way: said(value, way, ""))

    def faults(self, known: Collection[str] | None = None) -> Iterator[str]:
        """Yield the predicates of faults: braces that are no place, unknown ways, and names that are not `known`."""
        if re.search(r"[{}]", _PLACE.sub("", self.text)):
            yield "has a brace that begins or ends no place such as {name}; a brace itself is written twice"
        for name, way in self.places:
            if way and way not in WAYS:
                yield f"has {{{name}|{way}}}, and there is no way `{way}`: {did_you_mean(way, WAYS) or ', '.join(WAYS)}"
            if known is not None and not _is_known(name, known):
                yield f"has {{{name}}}, and there is no such value; {_hint(name, known)}"


def fill_data(data: Any, values: Mapping[str, Any]) -> Any:
    """Return JSON data with its texts filled, each value in its own type; entries with a missing value are left out."""
    if isinstance(data, str):
        return Template(data).value(values)
    if isinstance(data, Mapping):
        filled = {name: fill_data(each, values) for name, each in data.items()}
        return {name: each for name, each in filled.items() if each is not MISSING}
    if isinstance(data, list | tuple):
        return [each for each in (fill_data(each, values) for each in data) if each is not MISSING]
    return data


def texts(data: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield the texts in JSON data, each with its path from `path`."""
    if isinstance(data, str):
        yield path, data
    elif isinstance(data, Mapping):
        for name, each in data.items():
            yield from texts(each, f"{path}.{name}")
    elif isinstance(data, list | tuple):
        for index, each in enumerate(data):
            yield from texts(each, f"{path}[{index}]")


def look_up(values: Any, name: str) -> Any:
    """Return the value of a name, which may have dots in it or lead into values; MISSING for none, and for null."""
    if isinstance(values, Mapping) and name in values:
        found = values[name]
        return MISSING if found is None else found
    first, dot, rest = name.partition(".")
    if not dot or not isinstance(values, Mapping) or first not in values:
        return MISSING
    return look_up(values[first], rest)


def as_text(value: Any) -> str:
    """Return a value as text for a machine."""
    return usual(value, "")


def _is_known(name: str, known: Collection[str]) -> bool:
    return name in known or (not name.startswith("call.") and name.partition(".")[0] in known)


def _hint(name: str, known: Collection[str]) -> str:
    return did_you_mean(name, known) or f"there are {', '.join(sorted(known))}"
