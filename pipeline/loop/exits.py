"""Exits that the code of a step asks for: errors of that step, and not the end of the process that has every call."""

from __future__ import annotations

from asyncio import CancelledError

PASSED_ON = (Exception, CancelledError, GeneratorExit, KeyboardInterrupt)  # a KeyboardInterrupt is Ctrl-C, the user's

MISTAKES = (ArithmeticError, AttributeError, LookupError, MemoryError, RuntimeError, TypeError, ValueError)
"""The errors of wrong code or odd data, for loops that serve many calls and drop the one piece that fails."""


class Exited(Exception):
    """Code of a step raised an exception that would have ended the process, such as SystemExit of `sys.exit()`."""


def contained(error: BaseException) -> Exception:
    """Return an error of a step as an Exception: itself if it is one, else Exited, which has its traceback."""
    if isinstance(error, Exception):
        return error
    return Exited(f"{error!r} would have ended the process").with_traceback(error.__traceback__)
