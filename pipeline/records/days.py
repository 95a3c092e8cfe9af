"""The folders of a server's records: `record.folder`, in it a folder for each day, in that one for each call."""

from __future__ import annotations

import os
import re
from pathlib import Path

from pipeline.records.files import ABOUT, AUDIO, CONFIG, PACKED, WIRE
from pipeline.records.reader import EVENT_FILES
from pipeline.twilio.messages import CALL_SID

DAY = re.compile(r"\d{4}-\d\d-\d\d")
OWN = frozenset((ABOUT, CONFIG, WIRE, PACKED, AUDIO, *EVENT_FILES))


def days(folder: Path) -> list[Path]:
    """Return the folders of days, the newest first; links are none, and a folder that cannot be read has none."""
    return sorted(_inside(folder, DAY), reverse=True)


def calls_of(day: Path) -> list[Path]:
    """Return the folders in a day's folder that are named by a CallSid; links are none."""
    return _inside(day, CALL_SID)


def record_of(folder: Path, call_sid: str) -> Path | None:
    """Return the folder of a call's record, the newest if it has several; None if there is none.

    The sid must be a CallSid, or nothing is looked for. A record that reaches its files through links is none.
    """
    if not CALL_SID.fullmatch(call_sid):
        return None
    found = (day / call_sid for day in days(folder))
    return next((each for each in found if not each.is_symlink() and is_whole(each)), None)


def is_whole(folder: Path) -> bool:
    """True if a folder has the events of a call, and no file of the record is a link."""
    try:
        with os.scandir(folder) as found:
            files = {it.name: it.is_file(follow_symlinks=False) for it in found if it.name in OWN}
    except OSError:
        return False
    return all(files.values()) and any(name in files for name in EVENT_FILES)


def _inside(folder: Path, name: re.Pattern[str]) -> list[Path]:
    try:
        with os.scandir(folder) as found:
            return [folder / it.name for it in found if name.fullmatch(it.name) and it.is_dir(follow_symlinks=False)]
    except OSError:
        return []
