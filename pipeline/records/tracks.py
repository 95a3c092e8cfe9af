"""The sound of a record: as its file has it, or made of its messages."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path

import msgspec

from pipeline.records.files import PACKED, WIRE, About, read_about
from pipeline.records.reader import messages
from pipeline.records.sound import Mix
from pipeline.records.wav import Tracks


def made(folder: Path) -> Tracks | None:
    """Return the sound of a record, made of its messages; None if it was kept without.

    Raises KavError if the messages cannot be read, or need the record's sound file, which is gone.
    """
    about = _about(folder)
    if about.sound == "none" or not any((folder / name).is_file() for name in (WIRE, PACKED)):
        return None
    received, sent, _ = messages(folder, about)
    entries = [(it, "in") for it in received] + [(it, "out") for it in sent]
    mix = Mix()
    for it, way in sorted(entries, key=lambda entry: attrgetter("at", "no")(entry[0])):
        mix.add(it.at, way, it.data)
    return mix.tracks()


def _about(folder: Path) -> About:
    try:
        return read_about(folder)
    except (OSError, ValueError, msgspec.MsgspecError):
        return About(call_sid=folder.name, began="")
