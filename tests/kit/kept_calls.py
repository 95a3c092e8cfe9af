"""Folders of calls as a server leaves them, made without a call."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from pipeline.records.files import About, Summary, Words, write_about

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINE, THEIRS = "+972501234567", "+15551234567"


def call_sid(number: int) -> str:
    """The CallSid of the call of this number."""
    return f"CA{number:032x}"


def kept_call(
    root: Path,
    number: int = 1,
    ago: timedelta = timedelta(),
    caller: str = MINE,
    cause: str = "stop",
    faults: dict[str, int] | None = None,
    ended: bool = True,
    words: Words | None = None,
    agent: str = "x",
    gap: float | None = 0.5,
    log_words: bool | None = None,
) -> Path:
    """Keep a call that began so long ago; return its folder. Without words its summary is that of an early version."""
    began = NOW - ago
    folder = root / f"{began:%Y-%m-%d}" / call_sid(number)
    folder.mkdir(parents=True)
    figures = Summary(cause=cause, seconds=10.0 + number, turns=2, gap=gap, faults=faults or {}, words=words)
    about = About(call_sid=call_sid(number), began=began.isoformat(), config=agent, caller=caller, log_words=log_words)
    write_about(folder, msgspec.structs.replace(about, summary=figures if ended else None))
    end = b'{"at":11.0,"no":0,"what":"ended","cause":"stop","dropped":0,"cut":false}\n'
    (folder / "events.jsonl").write_bytes(end if ended else b'{"at":1.5,"no":0,"what":"Dtmf","frame":{"digit":"1"}}\n')
    os.utime(folder / "events.jsonl", (began.timestamp() + 11, began.timestamp() + 11))
    return folder


def content(root: Path) -> set[str]:
    """Every file and folder in a folder."""
    return {str(it.relative_to(root)) for it in root.rglob("*")}
