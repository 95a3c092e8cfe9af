"""The life of processes, told by a lock: a process id is another's after a restart, a lock goes with its process."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from pipeline.after.files import PROCESSES
from pipeline.records.line_file import Lines, is_written


class Alive:
    """The file of this process in one outbox, locked until `close` or its end. Blocks; raises OSError."""

    def __init__(self, folder: Path) -> None:
        self.name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self.path = folder / PROCESSES / self.name
        self._lines = Lines(self.path, lambda: self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True))
        self._lines.add(self.name.encode())
        self._lines.write()

    def close(self) -> None:
        """Unlock the file, and remove it."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
        self._lines.close()


def lives(folder: Path, name: str) -> bool:
    """True if the process of this name, which has calls in this outbox, lives."""
    return bool(name) and is_written(folder / PROCESSES / name)


def clear(folder: Path) -> None:
    """Remove the files of processes that have gone. Blocks."""
    for path in (folder / PROCESSES).glob("*"):
        if not lives(folder, path.name):
            with suppress(OSError):
                path.unlink()
