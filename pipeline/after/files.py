"""The files of a call in the outbox, and their content.

    FOLDER/CA…/open.json      the call has begun: whose process has it, its parties, config and record
               ended.json     it has ended: its cause, its figures, and its memory
               analysed.json  the summary and the fields that a model found, or that it failed
               sent.json      the deliveries: of each event to each receiver, what came of it and when it is tried again
    FOLDER/done/CA…           everything was received, and it is kept for `after.keep`
    FOLDER/dead/CA…           something was refused, or not received in all attempts
    FOLDER/processes/…        one file for each process that has calls, locked while it lives

A file is written whole under another name, synced, and renamed: a reader, and a process after a crash, sees all or
nothing of it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from pipeline.records.files import PART
from pipeline.text.plain_json import encoded

OPEN, ENDED, ANALYSED, SENT = "open.json", "ended.json", "analysed.json", "sent.json"
DONE, DEAD, PROCESSES = "done", "dead", "processes"
FORMAT = 1


class Began(msgspec.Struct, frozen=True, kw_only=True):
    """A call that has begun; `process` is the name of the file that its process has locked."""

    sid: str
    config: str
    hash: str
    language: str
    caller: str
    called: str
    began: str  # ISO 8601, UTC
    process: str = ""
    record: str = ""  # folder of its record; blank: there is none
    format: int = FORMAT


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """A call that has ended; `memory` is that of `pipeline.memory`, as JSON."""

    call: Began
    cause: str
    ended: str  # ISO 8601, UTC
    figures: dict[str, Any] = {}
    memory: msgspec.Raw = msgspec.Raw(b"{}")
    settling: bool = False  # tools are still at work for it: its process writes it once more


class State(StrEnum):
    """The states of a delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    STOPPED = "stopped"  # the receiver wants no more of it: HTTP 410
    DEAD = "dead"


class Delivery(msgspec.Struct, kw_only=True):
    """The delivery of one event to one receiver. `due` is Unix time, for processes that come later."""

    event: str
    to: str  # the receiver's id
    shown: str  # its address, without the parts that may be secret
    state: State = State.PENDING
    tries: int = 0
    due: float = 0.0
    last: str = ""  # what came of the last try


class Sent(msgspec.Struct, kw_only=True):
    """The deliveries of a call, and the tries to have it analysed."""

    deliveries: list[Delivery] = []
    asked: int = 0  # tries to have it analysed
    ask_due: float = 0.0  # Unix time


def write(path: Path, content: object) -> None:
    """Write a file in one step, so that it survives a crash once this returns. Blocks; raises OSError."""
    made = path.with_name(f"{path.name}{PART}")
    file = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        data = memoryview(encoded(content))
        while data:
            data = data[os.write(file, data) :]
        os.fsync(file)
    finally:
        os.close(file)
    made.replace(path)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Sync the names of a folder, where the system can."""
    with suppress(OSError):
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)


def part(folder: Path, call_sid: str) -> Path:
    """Return a new place for a stream of a call: `CA…`, and `CA….2` for one that came back from a transfer."""
    number = 1
    while any((each / (name := named(call_sid, number))).exists() for each in (folder, folder / DONE, folder / DEAD)):
        number += 1
    return folder / name


def named(call_sid: str, number: int) -> str:
    """Return the name of a call's folder for its stream of this number."""
    return call_sid if number == 1 else f"{call_sid}.{number}"
