"""A file of lines that is only appended to: what the disk does not take now waits for the next write."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from errno import EBUSY
from pathlib import Path

if sys.platform != "win32":
    from fcntl import LOCK_EX, LOCK_NB, flock

CLOSED = getattr(os, "O_CLOEXEC", 0)  # closed in child processes, as on Windows all files are


class Taken(OSError):
    """The file is another writer's: of a second stream of the same call, in this process or another."""


class Lines:
    """The lines of one file. While it is open it is locked, so that another process can tell that its writer lives.

    `begin` is called before the file is opened. Guarantees: after each `write` that returns the file ends with a whole
    line; one that raises OSError leaves it as it was, if the disk can still make a file shorter.
    """

    def __init__(self, path: Path, begin: Callable[[], None] = lambda: None) -> None:
        self.path = path
        self._begin = begin
        self._waiting = bytearray()
        self._file = -1
        self._size = 0

    def add(self, line: bytes) -> None:
        """Add a line, without its end, for the next `write`."""
        self._waiting += line + b"\n"

    def write(self) -> None:
        """Write all lines that wait. Raises OSError, after which they wait for the next time."""
        if not self._waiting:
            return
        if self._file < 0:
            self._open()
        left = memoryview(self._waiting)
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file, self._size)
            raise
        finally:
            left.release()
        self._size += len(self._waiting)
        self._waiting = bytearray()

    def close(self) -> None:
        """Close the file, which unlocks it; lines that wait are dropped. May be called again."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _open(self) -> None:
        if is_written(self.path):
            raise Taken(EBUSY, "another stream of this call writes it")
        self._begin()
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | CLOSED, 0o600)
        if sys.platform != "win32":
            with suppress(OSError):  # a file system without locks
                flock(self._file, LOCK_EX | LOCK_NB)


def is_written(path: Path) -> bool:
    """True if a living process has the file open for its lines; False where that cannot be told."""
    if sys.platform != "win32" and path.exists():
        file = os.open(path, os.O_RDONLY)
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        finally:
            os.close(file)
    return False
