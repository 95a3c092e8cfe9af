"""A thread that writes lines, so that a terminal or pipe that stops reading cannot stop the calls."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import TextIO

from pipeline.log.encodable import PLAIN

FAREWELL = 1.0  # seconds for the last lines to be read


class Writer:
    """Formats and writes lines in a thread of its own, in order; a stream that fails is not written to again."""

    def __init__(self, to: TextIO) -> None:
        self._write = _past_buffers(to)
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
        with suppress(OSError, ValueError):  # the reader has gone, or the stream is closed: no place is left to say so
            while (line := self._lines.get()) is not None:
                self._write(line() + "\n")
            return
        # The stream failed: take the lines off the queue until `stop`, so that `waiting` and memory do not grow.
        while self._lines.get() is not None:
            pass


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
