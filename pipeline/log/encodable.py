"""Text under any encoding: a character that a stream's encoding lacks is replaced, and nothing is raised."""

from __future__ import annotations

import codecs
import io
import os
from typing import Any

PLAIN = "kav.plain"  # the name of the error handler, for `str.encode` and for streams
_EQUIVALENTS = {
    **dict.fromkeys("─━–—‐‑−", "-"),
    **dict.fromkeys("│┃", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼", "+"),
    **dict.fromkeys("‘’", "'"),
    **dict.fromkeys("“”", '"'),
    **dict.fromkeys("•▪", "*"),
    **dict.fromkeys("\u00a0\u2009\u202f", " "),
    **{"→": "->", "←": "<-", "↑": "^", "↓": "v", "↔": "<->", "…": "...", "·": ".", "×": "x", "µ": "u", "μ": "u"},
    **{"█": "#", "░": ".", "✓": "ok", "✗": "FAILED", "≤": "<=", "≥": ">=", "≈": "~", "±": "+-"},
}


def make_encodable(*streams: Any) -> None:
    """Let these streams print every character that their encoding lacks as a plain equivalent, else as `\\u05d0`.

    A stream that is closed, None, or no text file is left as it is.
    """
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper) and not stream.closed:
            stream.reconfigure(errors=PLAIN)


def as_utf8(argument: str) -> str:
    """Return an argument of the command line as text: read as UTF-8 where the locale's encoding could not hold it."""
    return os.fsencode(argument).decode("utf-8", "replace")


def _replaced(error: UnicodeError) -> tuple[str, int]:
    """Return the replacement for the characters at fault, and the place at which to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    # JSON is read by programs: its characters must come back as they were, and `\u05d0` is what JSON has for that.
    known = {} if error.object.lstrip()[:1] in ("{", "[") else _EQUIVALENTS
    wrong = error.object[error.start : error.end]
    return "".join(known.get(char) or _escaped(char) for char in wrong), error.end


def _escaped(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass").hex()  # a character beyond U+FFFF is two units, as in JSON
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


codecs.register_error(PLAIN, _replaced)
