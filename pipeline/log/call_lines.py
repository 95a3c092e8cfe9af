"""A call's log lines, written on the loop's next turn so that logging never delays audio.

Formatting and queueing a line takes as long as a step of the chain does for a frame.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop

from pipeline.loop.exits import MISTAKES

UNREDACTED = "unredacted"  # the mark of lines in which callers' personal data is left as it was said


class Lines:
    """The log of one call, bound to its sid: keeps the order of its lines and writes them on the loop's next turn.

    With `redacts`, callers' personal data is masked in its lines.

    Without `words`, lines that have words of the call in them are of level DEBUG.

    Texts and arguments are loguru's (`"rx={}", 50`).
    """

    def __init__(self, loop: AbstractEventLoop, call_sid: str, words: bool = True, redacts: bool = True) -> None:
        from loguru import logger  # imported with the first call: it takes long

        self._loop, self._logger = loop, logger.bind(call_sid=call_sid, **({} if redacts else {UNREDACTED: True}))
        self._waiting: list[tuple[str, str, tuple[object, ...], Exception | None]] = []
        self._prompt = False
        self._words = "INFO" if words else "DEBUG"

    def debug(self, text: str, *of: object) -> None:
        self.log("DEBUG", text, *of)

    def info(self, text: str, *of: object) -> None:
        self.log("INFO", text, *of)

    def words(self, text: str, *of: object) -> None:
        """Log a line that has words of the caller or the agent in it."""
        self.log(self._words, text, *of)

    def warning(self, text: str, *of: object) -> None:
        self.log("WARNING", text, *of)

    def error(self, text: str, *of: object, error: Exception | None = None) -> None:
        self.log("ERROR", text, *of, error=error)

    def log(self, level: str, text: str, *of: object, error: Exception | None = None) -> None:
        """Log a line at a level, with the traceback of an error if one is given."""
        self._waiting.append((level, text, of, error))
        if self._prompt:
            self._write()
        elif len(self._waiting) == 1:
            self._loop.call_soon(self._write)

    def wait_no_more(self) -> None:
        """Write the waiting lines now and all later ones at once: the call has ended, or a test checks their order."""
        self._prompt = True
        self._write()

    def _write(self) -> None:
        waiting, self._waiting = self._waiting, []
        for level, text, of, error in waiting:
            logger = self._logger if error is None else self._logger.opt(exception=error)
            try:
                logger.log(level, text, *of)
            except MISTAKES as wrong:  # of its text and its arguments, by a step's author; the next lines are others'
                self._logger.warning("LOG_DROPPED {!r}: {}: {}", text, type(wrong).__name__, wrong)
