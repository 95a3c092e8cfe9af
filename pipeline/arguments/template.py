"""Texts with places for values: `{name}`, or `{name|how}` with the way in which it is said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_PLACE = re.compile(r"\{(\w+(?:\.\w+)*)(?:\|(\w+))?\}")


class Template:
    """A text with places."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.places = tuple((found[1], found[2] or "") for found in _PLACE.finditer(text))  # name and way

    def fill(self, values: Mapping[str, Any], language: str) -> str:
        """Return the text with its places filled; the place of a value that is missing is left blank."""
        return _PLACE.sub(lambda place: str(values.get(place[1], "")), self.text)
