"""Read the record of a call, as far as it is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from pipeline import audio
from pipeline.faults import KavError
from pipeline.records import packing, wav
from pipeline.records.files import ABOUT, AUDIO, EVENTS, WIRE
from pipeline.records.reader import Event, events, is_record

_entry = msgspec.json.Decoder(dict[str, Any]).decode


class CallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A record: its events, both sides' sound (16-bit PCM at 8 kHz, empty if not kept), and the fields of `ABOUT`."""

    folder: Path
    events: list[Event]
    caller: bytes
    agent: bytes
    about: dict[str, Any]

    @property
    def seconds(self) -> float:
        """The length of the call."""
        return max(audio.seconds(self.caller), max((event.at for event in self.events), default=0.0))


def read(folder: Path) -> CallRecord:
    """Read a record; one that breaks off is read as far as it goes. Raises KavError if it is none."""
    if not is_record(folder):
        raise KavError(f"{folder}: is no record of a call: it has no {EVENTS}; `record: {{folder: calls}}` keeps calls")
    try:
        caller, agent = _sound(folder)
    except OSError as error:
        raise KavError(f"{folder}: cannot be read: {error.strerror or error}") from None
    return CallRecord(folder=folder, events=events(folder)[0], caller=caller, agent=agent, about=_about(folder / ABOUT))


def _sound(folder: Path) -> tuple[bytes, bytes]:
    try:
        if (folder / AUDIO).is_file():
            tracks = wav.read(folder / AUDIO)
        elif (folder / WIRE).is_file():
            tracks = packing.tracks(folder / WIRE)
        else:
            return b"", b""
    except ValueError:
        return b"", b""
    return audio.decode(tracks.caller), audio.decode(tracks.agent)


def _about(path: Path) -> dict[str, Any]:
    try:
        return _entry(path.read_bytes())
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
