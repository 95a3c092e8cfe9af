"""The end of a record: its sound is rendered, its messages are packed, and its call is summarised."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from pipeline.config import RecordSettings
from pipeline.events import (
    AfterCallFailed,
    ProviderFailed,
    RecordEnded,
    Refused,
    StepFailed,
    TasksLate,
    Underrun,
    VoiceFailed,
)
from pipeline.records import packing, wav
from pipeline.records.files import ABOUT, AUDIO, PACKED, WIRE, Summary, read_about, write_about
from pipeline.records.reader import Event, events
from pipeline.records.timeline import timeline
from pipeline.records.words import words

FAULTY = (StepFailed, AfterCallFailed, ProviderFailed, VoiceFailed, Underrun, TasksLate, Refused)
FAULTS = frozenset(it.name for it in FAULTY)


def finish(folder: Path, settings: RecordSettings) -> None:
    """Finish the record of a call that has ended; blocks.

    The plain log of messages goes last: until then nothing that it has is lost. Raises OSError, KavError.
    """
    checksum = _finish_messages(folder, settings) if (folder / WIRE).exists() else None
    if (folder / ABOUT).exists():
        summary = summarise(events(folder)[0])
        with suppress(ValueError, msgspec.MsgspecError):  # somebody's hand was in it: `calls` says so
            about = msgspec.structs.replace(read_about(folder), sound=settings.sound, checksum=checksum)
            write_about(folder, msgspec.structs.replace(about, summary=summary))
    (folder / WIRE).unlink(missing_ok=True)


def summarise(found: Sequence[Event]) -> Summary:
    """Return the summary of a call's events."""
    told, last = timeline(found), found[-1] if found else None
    ended = last.content if last is not None and last.what == RecordEnded.name else {}
    return Summary(
        cause=str(ended.get("cause", "")),
        seconds=last.at if last is not None else 0.0,
        turns=len(told.utterances),
        barge_ins=len(told.barge_ins),
        words=words(told),
        gap=round(statistics.median(told.gaps), 4) if told.gaps else None,
        faults=dict(Counter(it.what for it in found if it.what in FAULTS)),
        cut=bool(ended.get("cut", True)),
    )


def _finish_messages(folder: Path, settings: RecordSettings) -> int | None:
    """Write the sound and the packed messages; return the sound's checksum if the messages need it."""
    heard = None
    if settings.sound != "none":
        tracks = packing.tracks(folder / WIRE)
        wav.write(folder / AUDIO, tracks, settings.sound)
        heard = tracks if settings.sound == "mulaw" else None
    if settings.wire:
        packing.pack(folder / WIRE, folder / PACKED, heard)
    return heard.checksum if heard is not None and settings.wire else None
