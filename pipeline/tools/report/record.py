"""Read the record of a call, as far as it is whole."""

from __future__ import annotations

import wave
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import numpy as np

from pipeline import audio
from pipeline.faults import KavError
from pipeline.records.files import ABOUT, AUDIO, EVENTS, WIRE
from pipeline.records.reader import Event, events
from pipeline.records.sound import render

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
    if not any((folder / name).is_file() for name in (EVENTS, f"{EVENTS}.gz")):
        raise KavError(f"{folder}: is no record of a call: it has no {EVENTS}; `record: {{folder: calls}}` keeps calls")
    try:
        caller, agent = _sound(folder)
    except OSError as error:
        raise KavError(f"{folder}: cannot be read: {error.strerror or error}") from None
    return CallRecord(folder=folder, events=events(folder)[0], caller=caller, agent=agent, about=_about(folder / ABOUT))


def _sound(folder: Path) -> tuple[bytes, bytes]:
    if (folder / AUDIO).is_file():
        return _tracks(folder / AUDIO)
    if not (folder / WIRE).is_file():
        return b"", b""
    with TemporaryDirectory() as made:
        try:
            render(folder / WIRE, Path(made) / AUDIO)
        except (msgspec.MsgspecError, KeyError):  # it breaks off in the middle of a line
            return b"", b""
        return _tracks(Path(made) / AUDIO)


def _tracks(path: Path) -> tuple[bytes, bytes]:
    try:
        with wave.open(str(path), "rb") as file:
            if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (2, 2, audio.RATE):
                return b"", b""
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    except (wave.Error, EOFError, ValueError):
        return b"", b""
    return samples[:, 0].tobytes(), samples[:, 1].tobytes()


def _about(path: Path) -> dict[str, Any]:
    try:
        return _entry(path.read_bytes())
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
