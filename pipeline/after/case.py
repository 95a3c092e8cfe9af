"""One call's folder in an outbox while a process works on it: locked, so that no other one sends the same meanwhile."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from pipeline.after.alive import lives
from pipeline.after.files import (
    ANALYSED,
    DEAD,
    DONE,
    ENDED,
    OPEN,
    PROCESSES,
    SENT,
    Began,
    Delivery,
    Ended,
    Sent,
    State,
    sync,
    write,
)
from pipeline.after.past_call import lost
from pipeline.records.line_file import CLOSED

if sys.platform != "win32":
    from fcntl import LOCK_EX, LOCK_NB, flock


class Busy(Exception):
    """Another process works on the call, or its folder has gone."""


class Case:
    """The content of a call's folder. All methods block; raise OSError, and MsgspecError for files that are broken."""

    def __init__(self, path: Path, *, locks: bool = True) -> None:
        """Lock and read a folder; raises Busy if that cannot be."""
        self.path, self.name = path, path.name
        self._lock = _locked(path) if locks else -1
        read = False
        try:
            self.ended = _read(path / ENDED, Ended)
            self.began = self.ended.call if self.ended is not None else _read(path / OPEN, Began)
            self.sent = _read(path / SENT, Sent) or Sent()
            self.analysed: dict[str, Any] | None = _read(path / ANALYSED, dict[str, Any])
            read = True
        finally:
            if not read:
                self.close()

    @property
    def outbox(self) -> Path:
        """The outbox that it is in, under `dead` or not."""
        return self.path.parent.parent if self.path.parent.name in (DONE, DEAD) else self.path.parent

    @property
    def is_under_way(self) -> bool:
        """True if the call has no end yet, or tools are at work for it, and the process that has it lives."""
        if self.began is None or (self.ended is not None and not self.ended.settling):
            return False
        return lives(self.outbox, self.began.process)

    def lose(self, *, redacts: bool) -> None:
        """End a call whose process was lost."""
        assert self.began is not None
        self.ended = lost(self.began, redacts=redacts)
        write(self.path / ENDED, self.ended)
        with suppress(OSError):
            (self.outbox / PROCESSES / self.began.process).unlink(missing_ok=True)

    def analyse(self, found: dict[str, Any]) -> None:
        """Keep the analysis of the call."""
        self.analysed = found
        write(self.path / ANALYSED, found)

    def save(self) -> None:
        """Keep the state of the deliveries."""
        write(self.path / SENT, self.sent)

    def pending(self) -> list[Delivery]:
        """Return the deliveries that are not over."""
        return [each for each in self.sent.deliveries if each.state is State.PENDING]

    def put_away(self) -> None:
        """Move the folder to those that are done or dead, once no delivery is pending."""
        dead = any(each.state is State.DEAD for each in self.sent.deliveries)
        shelf = self.outbox / (DEAD if dead else DONE)
        shelf.mkdir(mode=0o700, exist_ok=True)
        if self.path.parent != shelf:
            self.path.replace(shelf / self.name)
            sync(shelf)
        self.path = shelf / self.name
        os.utime(self.path)  # from now on it is kept

    def take_back(self) -> None:
        """Move a dead folder back among those to be delivered, its dead deliveries as if they were new."""
        for each in self.sent.deliveries:
            if each.state is State.DEAD:
                each.state, each.tries, each.due = State.PENDING, 0, 0.0
        self.save()
        self.path.replace(self.outbox / self.name)

    def drop(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.path)

    def close(self) -> None:
        """Unlock the folder. May be called again."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def folders(outbox: Path, shelf: str = "") -> list[Path]:
    """Return the folders of calls in an outbox, or on a shelf of it, oldest name first. Blocks."""
    own = (DONE, DEAD, PROCESSES)
    try:
        found = [Path(each) for each in os.scandir(outbox / shelf) if each.name not in own and each.is_dir()]
    except OSError:  # it is not there yet
        return []
    return sorted(found)


def _locked(path: Path) -> int:
    if sys.platform == "win32":  # a folder cannot be opened there, and only one process serves
        return -1
    try:
        file = os.open(path, os.O_RDONLY | CLOSED)
    except FileNotFoundError:
        raise Busy from None
    try:
        if sys.platform != "win32":
            flock(file, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        os.close(file)
        raise Busy from None
    except OSError:  # a file system without locks
        pass
    if not path.exists():  # it was moved between the two
        os.close(file)
        raise Busy
    return file


def _read(path: Path, kind: Any) -> Any:
    """Return the content of a file; None if there is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
