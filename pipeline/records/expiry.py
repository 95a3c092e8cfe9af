"""The end of old records: those older than `record.keep` are removed."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from loguru import logger

from pipeline.config import RecordSettings
from pipeline.config.yaml.scalars import span
from pipeline.records.days import DAY, calls_of, days
from pipeline.records.files import from_here, read_about
from pipeline.records.reader import FRESH, changed, is_record


def expire(settings: Iterable[RecordSettings], now: float) -> int:
    """Remove the records that are older than their `keep`, and log how many; return their number. Blocks.

    `now` is Unix time. Only a folder `<day>/<CallSid>` with the events of a call in it is a record; a link is none, and
    a call that goes on stays.
    """
    longest: dict[str, float] = {}
    for each in settings:
        if each.folder:
            keep = each.keep if each.keep is not None else float("inf")
            longest[each.folder] = max(keep, longest.get(each.folder, 0.0))
    return sum(_expire(Path(folder), keep, now) for folder, keep in longest.items() if keep < float("inf"))


def remove_if_empty(folder: Path) -> None:
    """Remove a day's folder if it has no more calls in it."""
    with suppress(OSError):
        if DAY.fullmatch(folder.name):
            folder.rmdir()


def _expire(folder: Path, keep: float, now: float) -> int:
    removed = 0
    for record in _records(folder):
        if now - _began(record) <= keep or _goes_on(record, now):
            continue
        try:
            shutil.rmtree(record)
        except OSError as error:
            logger.warning("RECORDS {} is older than {} and cannot be removed: {}", record, span(keep), error.strerror)
            continue
        removed += 1
        remove_if_empty(record.parent)
    if removed:
        logger.info("RECORDS removed {} calls older than {} from {}", removed, span(keep), from_here(folder))
    return removed


def _records(folder: Path) -> Iterator[Path]:
    return (record for day in days(folder) for record in calls_of(day) if is_record(record))


def _began(record: Path) -> float:
    """Return when a call began, Unix time: the earliest time that its day, its call.json and its events allow."""
    times = [changed(record)]
    with suppress(ValueError):
        times.append((datetime.fromisoformat(record.parent.name).replace(tzinfo=UTC) + timedelta(days=1)).timestamp())
    with suppress(OSError, ValueError, msgspec.MsgspecError):
        times.append(datetime.fromisoformat(read_about(record).began).timestamp())
    return min(times)


def _goes_on(record: Path, now: float) -> bool:
    with suppress(OSError, ValueError, msgspec.MsgspecError):
        if read_about(record).summary is not None:
            return False
    return now - changed(record) < FRESH
