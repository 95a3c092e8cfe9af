"""A thread that writes lines, so that a terminal or pipe that stops reading cannot stop the calls."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import TextIO

from pipeline.log.encodable import PLAIN
from pipeline.loop.exits import MISTAKES

FAREWELL = 1.0  # seconds for the last lines to be read


class Writer:
    """Formats and writes lines in a thread of its own, in order.

    A line that the stream does not take (the disk is full, its reader has gone) or that cannot be formatted is dropped.
    The next one that is taken follows a line of `lost`, which is given the number of those and the reason.
    """

    def __init__(self, to: TextIO, lost: Callable[[int, str], str]) -> None:
        self._write, self._lost = _past_buffers(to), lost
        self._missing, self._why = 0, ""
        self._torn = False  # the stream ends in the middle of a line
        self._lines: SimpleQueue[Callable[[], str] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)  # it may block for ever in a write
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Lines that are not written yet."""
        return self._lines.qsize()

    def put(self, line: Callable[[], str]) -> None:
        """Queue a line, as the function that formats it; never waits."""
        self._lines.put(line)

    def stop(self) -> None:
        """Write the waiting lines, for a second at most (FAREWELL) if nothing reads them."""
        self._lines.put(None)
        self._thread.join(FAREWELL)

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                self._put(line() + "\n")
            except OSError as error:
                self._drop(error.strerror or str(error))
            except MISTAKES as error:  # an odd text or value must not end the log of all calls
                self._drop(f"{type(error).__name__}: {error}")

    def _put(self, text: str) -> None:
        if self._torn:
            self._write("\n")
            self._torn = False
        if self._missing:
            self._write(self._lost(self._missing, self._why) + "\n")
            self._missing = 0
        self._torn = True  # until all of it has been taken
        self._write(text)
        self._torn = False

    def _drop(self, why: str) -> None:
        self._missing, self._why = self._missing + 1, why


def _past_buffers(to: TextIO) -> Callable[[str], object]:
    """Return a function that writes to the stream's file descriptor, past its buffer.

    A thread that is stuck in a buffered write holds the buffer's lock, and the interpreter would wait for it as it
    exits.
    """
    try:
        number = to.fileno()
    except (OSError, ValueError):
        return to.write

    encoding = to.encoding or "utf-8"

    def write(text: str) -> None:
        data = text.encode(encoding, PLAIN)
        while data:
            try:
                data = data[os.write(number, data) :]
            except BlockingIOError:  # a process that shares the stream has made it non-blocking
                select.select([], [number], [])

    return write
