"""A look at the disk before the first call: a record that cannot be kept is told of while somebody looks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from loguru import logger

from pipeline.config import RecordSettings
from pipeline.config.writable import try_writing
from pipeline.records.files import from_here


def look(settings: Iterable[RecordSettings]) -> None:
    """Log an error for each folder in which no record can be kept: a disk that is read-only or full, missing rights."""
    for folder in sorted({Path(each.folder) for each in settings if each.folder}):
        if why := fault(folder):
            logger.error(
                "DISK calls cannot be kept in {}: {}; they are answered without records; do: make room on the disk, "
                "permit this user to write there, or set another `record.folder`", from_here(folder), why
            )  # fmt: skip


def fault(folder: Path) -> str:
    """Return the reason why no file can be kept in a folder, which need not exist yet; empty if one can."""
    try:
        try_writing(next(each for each in (folder, *folder.absolute().parents) if each.exists()))
    except OSError as error:
        return error.strerror or str(error)
    return ""
