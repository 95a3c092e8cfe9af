"""The events of a call as data for the page's script, which lists them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from pipeline.records.reader import Event

ESCAPE = re.compile(r"\\(.)|[<>&]")  # of JSON text: a backslash and its letter, and the letters of markup
SHOWN = "bfnrtu"  # letters after a backslash that stand for a character without a form of its own


def event_data(events: Iterable[Event]) -> str:
    """Return events as JSON that is also a node of HTML and of XML: no tag can begin or end in it.

    Unprintable characters of their texts become escapes that the reader sees as such: `\\n`, `\\u202e`.
    """
    return "[" + ",\n".join(map(_line, events)) + "]"


def _line(event: Event) -> str:
    entry = {"at": event.at, "what": event.what, **event.content}
    found = ESCAPE.sub(_escaped, msgspec.json.encode(entry).decode())
    return found if found.isprintable() else "".join(map(_visible, found))


def _escaped(found: re.Match[str]) -> str:
    if found[1] is None:
        return f"\\u{ord(found[0]):04x}"
    return f"\\\\{found[1]}" if found[1] in SHOWN else found[0]


def _visible(char: str) -> str:
    return char if char.isprintable() else f"\\\\u{ord(char):04x}"
