"""Read the record of a call, as far as it is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from pipeline import audio
from pipeline.faults import KavError
from pipeline.records import packing, wav
from pipeline.records.files import ABOUT, AUDIO, EVENTS, PACKED, WIRE
from pipeline.records.reader import Event, events, is_record

ENDLESS = 1e7  # seconds
SILENCE = b"\xff\x7f"  # mu-law

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

    @property
    def wav(self) -> bytes:
        """The sound as a WAV file of mu-law: the caller on the left, the agent on the right."""
        return wav.ulaw_file(audio.encode(self.caller), audio.encode(self.agent))


def read(folder: Path) -> CallRecord:
    """Read a record; one that breaks off is read as far as it goes, and events at impossible times are left out.

    Raises KavError if it is none.
    """
    if not is_record(folder):
        raise KavError(f"{folder}: is no record of a call: it has no {EVENTS}; `record: {{folder: calls}}` keeps calls")
    try:
        caller, agent = _sound(folder)
    except OSError as error:
        raise KavError(f"{folder}: cannot be read: {error.strerror or error}") from None
    told = [it for it in events(folder)[0] if 0 <= it.at < ENDLESS]
    return CallRecord(folder=folder, events=told, caller=caller, agent=agent, about=_about(folder / ABOUT))


def _sound(folder: Path) -> tuple[bytes, bytes]:
    """Return both sides' sound, from the file that has it; empty if none has, or all of it is silence."""
    found = next((folder / name for name in (AUDIO, WIRE, PACKED) if (folder / name).is_file()), None)
    try:
        tracks = None if found is None else wav.read(found) if found.name == AUDIO else packing.tracks(found)
    except ValueError:
        tracks = None
    if tracks is None or not (tracks.caller + tracks.agent).strip(SILENCE):
        return b"", b""
    return audio.decode(tracks.caller), audio.decode(tracks.agent)


def _about(path: Path) -> dict[str, Any]:
    try:
        return _entry(path.read_bytes())
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
