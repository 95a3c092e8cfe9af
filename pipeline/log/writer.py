"""Lines written by a thread: a reader that stops reading must not stop the calls."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import TextIO

FAREWELL = 1.0  # seconds that a reader gets for the last lines


class Writer:
    """Makes and writes lines in a thread of its own, in their order. A stream that breaks gets no more of them."""

    def __init__(self, to: TextIO) -> None:
        self._write = _past_buffers(to)
        self._lines: SimpleQueue[Callable[[], str] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)  # it may be stuck for ever
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Lines that are not written yet."""
        return self._lines.qsize()

    def put(self, line: Callable[[], str]) -> None:
        """Let a line be made and written; never waits."""
        self._lines.put(line)

    def stop(self) -> None:
        """Write what waits, for as long as somebody reads it."""
        self._lines.put(None)
        self._thread.join(FAREWELL)

    def _run(self) -> None:
        with suppress(OSError, ValueError):  # the reader has gone, or the stream was closed: there is nobody to tell
            while (line := self._lines.get()) is not None:
                self._write(line() + "\n")
            return
        while self._lines.get() is not None:
            pass


def _past_buffers(to: TextIO) -> Callable[[str], object]:
    """What writes to the stream's file itself: a thread stuck in a buffer would hold its lock as the process ends."""
    try:
        number = to.fileno()
    except (OSError, ValueError):
        return to.write

    def write(text: str) -> None:
        data = text.encode("utf-8", "replace")
        while data:
            try:
                data = data[os.write(number, data) :]
            except BlockingIOError:  # whoever shares the stream made it so
                select.select([], [number], [])

    return write
