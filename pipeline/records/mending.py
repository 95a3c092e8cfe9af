"""Repairs the records of calls whose process was lost."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import msgspec.yaml
from loguru import logger

from pipeline.config import RecordSettings
from pipeline.events import RecordEnded
from pipeline.faults import KavError
from pipeline.records.files import CONFIG, EVENTS, WIRE, kept, read_about
from pipeline.records.finishing import finish
from pipeline.records.line_file import is_written
from pipeline.text.plain_json import encoded
from pipeline.twilio.messages import CALL_SID

DAY = "[0-9]" * 4 + "-[0-9][0-9]-[0-9][0-9]"
DAYS = 7  # the newest days that are looked through for lost calls


def mend(settings: RecordSettings, call_sid: str, cause: str) -> None:
    """Complete the newest record of a call: drop a torn last line, add the end with its cause, render the sound.

    The entries that the lost process had not written are missing. Blocks; disk errors are logged.
    """
    if not settings.folder or not CALL_SID.fullmatch(call_sid):
        return
    for folder in sorted(Path(settings.folder).glob(f"*/{call_sid}"))[-1:]:
        _mend(folder, settings, cause)


def mend_lost(settings: Iterable[RecordSettings], cause: str) -> int:
    """Complete the records of the last days (DAYS) without an end, of which no living process writes; return how many.

    A call of another server that is under way is left alone: its files are locked. Blocks; errors are logged.
    """
    mended = 0
    for each in {it.folder: it for it in settings if it.folder}.values():
        for day in sorted(Path(each.folder).glob(DAY))[-DAYS:]:
            lost = [folder for folder in day.iterdir() if CALL_SID.fullmatch(folder.name) and _is_lost(folder)]
            mended += sum(_mend(folder, each, cause) for folder in lost)
    if mended:
        logger.warning("RECORD of {} calls ended with their process, and is completed as far as it goes", mended)
    return mended


def _is_lost(folder: Path) -> bool:
    try:
        return read_about(folder).summary is None and not any(is_written(folder / name) for name in (EVENTS, WIRE))
    except (OSError, ValueError):  # `calls` tells of a record that cannot be read
        return False


def _mend(folder: Path, settings: RecordSettings, cause: str) -> bool:
    try:
        last = max(_last(folder / WIRE), _last(folder / EVENTS))
        ended = {"at": last[1], "no": last[0] + 1, **kept(RecordEnded(cause, 0, cut=True))}
        if not last[2]:
            with (folder / EVENTS).open("ab") as events:
                events.write(encoded(ended) + b"\n")
        finish(folder, _of_its_call(folder, settings))
    except (OSError, KavError, ValueError) as error:
        logger.error("RECORD of {} stays incomplete: {}", folder.name, getattr(error, "strerror", None) or error)
        return False
    return True


class _Kept(msgspec.Struct):
    """The settings of recording in a record's config; `audio` may be a boolean, as in early versions."""

    audio: Any
    wire: bool


def _of_its_call(folder: Path, now: RecordSettings) -> RecordSettings:
    """Return the settings that a record was begun with: a call kept without its sound or messages stays so.

    Without a config that can be read, those of now.
    """
    try:
        own = msgspec.yaml.decode((folder / CONFIG).read_bytes(), type=dict[str, Any])
        kept = msgspec.convert(own["record"], _Kept)
    except (OSError, ValueError, KeyError):
        return now
    return msgspec.structs.replace(now, audio=str(kept.audio).lower(), wire=kept.wire)


def _last(path: Path) -> tuple[int, float, bool]:
    """Cut off a torn last line, and return the number and time of the last whole one; -1 and 0 if there is none.

    The third is True if that line is the record's end.
    """
    if not path.exists():
        return -1, 0.0, False
    with path.open("r+b") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)
    lines = content[: content.rfind(b"\n") + 1].splitlines()
    if not lines:
        return -1, 0.0, False
    last = msgspec.json.decode(lines[-1])
    return last["no"], last["at"], last.get("what") == RecordEnded.name
