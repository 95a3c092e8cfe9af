"""A call's lines in the log, made after what the caller hears: a line takes as long as a step of the chain."""

from __future__ import annotations

from asyncio import AbstractEventLoop


class Lines:
    """Logs what one call has to tell, in its order, on the loop's next turn. Texts and arguments are loguru's."""

    def __init__(self, loop: AbstractEventLoop, call_sid: str) -> None:
        from loguru import logger  # not before there is a call

        self._loop, self._logger = loop, logger.bind(call_sid=call_sid)
        self._waiting: list[tuple[str, str, tuple[object, ...], Exception | None]] = []
        self._prompt = False

    def debug(self, text: str, *of: object) -> None:
        self.log("DEBUG", text, *of)

    def info(self, text: str, *of: object) -> None:
        self.log("INFO", text, *of)

    def warning(self, text: str, *of: object) -> None:
        self.log("WARNING", text, *of)

    def error(self, text: str, *of: object, error: Exception | None = None) -> None:
        self.log("ERROR", text, *of, error=error)

    def log(self, level: str, text: str, *of: object, error: Exception | None = None) -> None:
        """One line, and the trace of an error."""
        self._waiting.append((level, text, of, error))
        if self._prompt:
            self._write()
        elif len(self._waiting) == 1:
            self._loop.call_soon(self._write)

    def wait_no_more(self) -> None:
        """From now on no line waits: the call is over, or the order of its lines and of all else is looked at."""
        self._prompt = True
        self._write()

    def _write(self) -> None:
        waiting, self._waiting = self._waiting, []
        for level, text, of, error in waiting:
            logger = self._logger if error is None else self._logger.opt(exception=error)
            logger.log(level, text, *of)
