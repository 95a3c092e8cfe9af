"""Colours and text direction for people at a terminal; in a pipe and in a file, text stays as it is.

NO_COLOR turns colours off and goes before FORCE_COLOR, which turns them on in a pipe, too. TERM=dumb, and a Windows
console that knows no escape sequences, are plain. This is the only module that writes an escape sequence.

Sources: no-color.org; force-color.org; ECMA-48, "SGR"; Unicode Standard Annex 9, "Explicit Directional Isolates".
"""

from __future__ import annotations

import re
import sys
from enum import StrEnum
from typing import IO, NamedTuple

from pipeline.environment.variables import FORCE_COLOR, NO_COLOR, TERM, read, switch

ISOLATE, END_ISOLATE = "\u2068", "\u2069"  # FSI: the first strong letter inside decides the direction; PDI ends it

_LETTER = r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
_RUN = re.compile(rf"{_LETTER}+(?:\s+{_LETTER}+)*")


class Style(StrEnum):
    """A style, as the parameter of SGR."""

    BOLD = "1"
    DIM = "2"
    RED = "31"
    GREEN = "32"
    YELLOW = "33"
    MAGENTA = "35"
    CYAN = "36"


BOLD, DIM, RED, GREEN, YELLOW, MAGENTA, CYAN = Style


class Paint(NamedTuple):
    """The dress of text for one stream: `colours` if styles are written, `isolates` if marks of direction are."""

    colours: bool = False
    isolates: bool = False

    def __call__(self, text: str, *styles: Style) -> str:
        """Return the text in these styles, each of its lines for itself; unchanged without colours."""
        if not (self.colours and text and styles):
            return text
        begin = f"\x1b[{';'.join(styles)}m"
        return "\n".join(line and f"{begin}{line}\x1b[0m" for line in text.split("\n"))

    def isolated(self, text: str) -> str:
        """Return free text so that its direction, right to left, does not reorder the line around it."""
        return f"{ISOLATE}{text}{END_ISOLATE}" if self.isolates and _RUN.search(text) else text

    def each_isolated(self, text: str) -> str:
        """Return a line of code with each run of words from right to left isolated, so that their order stays."""
        return _RUN.sub(lambda found: self.isolated(found[0]), text) if self.isolates else text


PLAIN = Paint()


def paint_on(stream: IO[str] | None) -> Paint:
    """Return the paint of a stream, for its whole life: of its terminal, or by the environment."""
    at_terminal = is_terminal(stream)
    forced = read(FORCE_COLOR)
    colours = False if read(NO_COLOR) else switch(forced) is not False if forced else at_terminal
    return Paint(colours, at_terminal)


def is_terminal(stream: IO[str] | None) -> bool:
    """True if the stream is a terminal that moves its cursor and knows escape sequences."""
    try:
        return stream is not None and stream.isatty() and read(TERM) != "dumb" and _has_sequences(stream)
    except (OSError, ValueError):  # the stream is closed
        return False


def _has_sequences(stream: IO[str]) -> bool:
    """True if the console knows escape sequences; turns them on where Windows has them off."""
    if sys.platform != "win32":
        return True
    import ctypes
    import msvcrt

    console, mode = msvcrt.get_osfhandle(stream.fileno()), ctypes.c_ulong()
    windows = ctypes.windll.kernel32
    known = windows.GetConsoleMode(console, ctypes.byref(mode))
    # 4 is ENABLE_VIRTUAL_TERMINAL_PROCESSING, which consoles before Windows 10 refuse.
    return bool(known and windows.SetConsoleMode(console, mode.value | 4))
