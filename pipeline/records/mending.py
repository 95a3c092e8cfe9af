"""Repairs the record of a call whose process was lost."""

from __future__ import annotations

from pathlib import Path

import msgspec
from loguru import logger

from pipeline.config import RecordSettings
from pipeline.events import RecordEnded
from pipeline.faults import KavError
from pipeline.records.files import EVENTS, WIRE, kept
from pipeline.records.finishing import finish
from pipeline.twilio.messages import CALL_SID


def mend(settings: RecordSettings, call_sid: str, cause: str) -> None:
    """Complete the newest record of a call: drop a torn last line, add the end with its cause, render the sound.

    The entries that the lost process had not written are missing. Blocks; disk errors are logged.
    """
    if not settings.folder or not CALL_SID.fullmatch(call_sid):
        return
    for folder in sorted(Path(settings.folder).glob(f"*/{call_sid}"))[-1:]:
        try:
            last = max(_last(folder / WIRE), _last(folder / EVENTS))
            ended = {"at": last[1], "no": last[0] + 1, **kept(RecordEnded(cause, 0, cut=True))}
            with (folder / EVENTS).open("ab") as events:
                events.write(msgspec.json.encode(ended) + b"\n")
            finish(folder, settings)
        except (OSError, KavError) as error:
            logger.error("RECORD of {} stays incomplete: {}", call_sid, getattr(error, "strerror", None) or error)


def _last(path: Path) -> tuple[int, float]:
    """Cut off a torn last line, and return the number and time of the last whole one; -1 and 0 if there is none."""
    if not path.exists():
        return -1, 0.0
    with path.open("r+b") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)
    lines = content[: content.rfind(b"\n") + 1].splitlines()
    if not lines:
        return -1, 0.0
    last = msgspec.json.decode(lines[-1])
    return last["no"], last["at"]
