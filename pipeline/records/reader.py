"""The reader of a call's record: messages both ways, and events, which include the answers of providers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from pipeline.events import RecordEnded
from pipeline.faults import KavError
from pipeline.frames import CallEnded, Hangup
from pipeline.records import packing, wav
from pipeline.records.files import ABOUT, AUDIO, CONFIG, EVENTS, WIRE, About, read_about
from pipeline.vocabulary import Cause

EVENT_FILES = (EVENTS, f"{EVENTS}.gz")  # a record has one of them
FRESH = 120.0  # seconds since its last event in which a call without an end may go on


class Event(msgspec.Struct, frozen=True):
    """A recorded event: `at` in seconds from the call's start, `no` its place in the record, `what` its name."""

    at: float
    no: int
    what: str
    content: dict[str, Any]

    @property
    def frame(self) -> dict[str, Any]:
        """The fields of the frame or control that passed; empty if the event is of another kind."""
        frame = self.content.get("frame")
        return frame if isinstance(frame, dict) else {}


class Message(msgspec.Struct, frozen=True, gc=False):
    """A recorded message: `at` in seconds from the call's start, `no` its place in the record."""

    at: float
    no: int
    data: bytes


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """The record of one call, read whole.

    `cut` is True if it ends before its call: the server died, or the call was longer than `record.max_minutes`. `torn`
    has the files of the record that end with a line that cannot be read.
    """

    folder: Path
    about: About
    received: list[Message]  # from Twilio
    sent: list[Message]  # to Twilio
    events: list[Event]
    cut: bool
    torn: tuple[str, ...] = ()

    @property
    def config(self) -> Path:
        """The path of the config that answered the call, complete but for its secrets."""
        return self.folder / CONFIG

    @property
    def ending(self) -> tuple[str, str]:
        """The reason for the stream's end, and the call's cause if no step of the chain gave it, else an empty one.

        The reason is `lost` if the record breaks off before the stream's end.
        """
        reason = next((it.frame["reason"] for it in self.events if it.what == CallEnded.__name__), Cause.LOST)
        cause = next((str(it.content["cause"]) for it in self.events if it.what == RecordEnded.name), "")
        inside = any(it.what == Hangup.__name__ and it.frame["reason"] == cause for it in self.events)
        return reason, "" if inside else cause

    @property
    def seconds(self) -> float:
        """The length of the call: the time of its last entry."""
        return max((each[-1].at for each in (self.received, self.sent, self.events) if each), default=0.0)

    @classmethod
    def load(cls, folder: str | Path) -> Recording:
        """Read a record.

        Raises KavError, in one sentence, if the folder has no record, one of another format, or one without messages.
        """
        folder = Path(folder)
        about = _about(folder)
        found, broken = events(folder)
        received, sent, torn = messages(folder, about)
        if not received and torn:
            raise KavError(f"{folder}: none of its messages ({WIRE}) can be read: nothing to replay")
        if not received:
            raise KavError(f"{folder}: has no messages, or was kept without (`record.wire`): nothing to replay")
        ended = bool(found) and found[-1].what == RecordEnded.name and not found[-1].content.get("cut")
        return cls(
            folder=folder,
            about=about,
            received=received,
            sent=sent,
            events=found,
            cut=broken or torn or not ended,
            torn=tuple(name for name, it in ((EVENTS, broken), (WIRE, torn)) if it),
        )


def folders(path: Path) -> list[Path]:
    """Return the folders of all records in a folder, itself included, sorted.

    Raises KavError if there are none, or the folder cannot be read.
    """
    if not path.is_dir():
        raise KavError(f"{path}: there is no such folder")
    found = sorted(inside(path))
    if not found:
        try:
            next(path.iterdir(), None)
        except OSError as error:
            raise KavError(f"{path}: cannot be read: {error.strerror}") from None
        raise KavError(f"{path}: has no record of a call in it: no {EVENTS}")
    return found


def inside(path: Path) -> Iterator[Path]:
    """Yield the folders of the records in a folder, itself included; of those that cannot be read, none."""
    try:
        with os.scandir(path) as entries:
            found = list(entries)
    except OSError:
        return
    if any(it.name in EVENT_FILES for it in found):
        yield path
        return
    for each in found:
        if each.is_dir(follow_symlinks=False):
            yield from inside(path / each.name)


def is_record(folder: Path) -> bool:
    """True if a folder has the events of a call."""
    return any((folder / name).is_file() for name in EVENT_FILES)


def changed(folder: Path) -> float:
    """Return when a record's events were written last, Unix time. Raises OSError if there are none."""
    plain, packed = EVENT_FILES
    with suppress(OSError):
        return (folder / plain).stat().st_mtime
    return (folder / packed).stat().st_mtime


_event = msgspec.json.Decoder(dict[str, Any]).decode


def _about(folder: Path) -> About:
    path = folder / ABOUT
    if not path.exists():
        if not is_record(folder):
            raise KavError(f"{folder}: is no record of a call: it has no {EVENTS}")
        raise KavError(f"{folder}: has no {ABOUT}, as records of early versions; it cannot be replayed")
    try:
        return read_about(folder)
    except msgspec.MsgspecError as error:
        raise KavError(f"{path}: cannot be read: {error}") from None
    except ValueError as error:
        raise KavError(f"{folder}: {error}") from None
    except OSError as error:
        raise KavError(f"{path}: cannot be read: {error.strerror}") from None


def events(folder: Path) -> tuple[list[Event], bool]:
    """Return the events of a record up to the first torn line, and True if there is one.

    Raises KavError if the file cannot be read.
    """
    found: list[Event] = []
    for number, line in enumerate(_lines(folder, EVENTS)):
        try:
            content = _event(line)
            found.append(Event(float(content.pop("at")), content.pop("no", number), str(content.pop("what")), content))
        except (msgspec.DecodeError, KeyError, TypeError, ValueError, RecursionError):
            return found, True  # the server died while it wrote the line
    return found, False


def messages(folder: Path, about: About) -> tuple[list[Message], list[Message], bool]:
    """Return the messages received and sent up to the first torn line, and True if there is one. Raises KavError."""
    received: list[Message] = []
    sent: list[Message] = []
    sound: wav.Tracks | None = None
    for line in _lines(folder, WIRE):
        try:
            it = packing.line(line)
        except msgspec.DecodeError:
            return received, sent, True
        if it.sound is not None and sound is None:
            sound = _sound(folder, about)
        try:
            data = it.data if sound is None else packing.unpacked(it, sound)
        except ValueError as error:
            raise KavError(f"{folder / AUDIO}: is not the sound of the call's messages: {error}") from None
        (received if it.way == "in" else sent).append(Message(it.at, it.no, data))
    return received, sent, False


def _sound(folder: Path, about: About) -> wav.Tracks:
    """Return the sound that was packed. Raises KavError if it is not the same any more."""
    path = folder / AUDIO
    try:
        sound = wav.read(path)
    except OSError as error:
        raise KavError(f"{path}: cannot be read, and the call's messages need it: {error.strerror}") from None
    except ValueError as error:
        raise KavError(f"{path}: {error}; the call's messages need the sound as it was recorded") from None
    if not sound.is_exact or about.checksum not in (None, sound.checksum):
        raise KavError(f"{path}: was changed since the call, whose messages need the sound as it was recorded")
    return sound


def _lines(folder: Path, name: str) -> Iterator[bytes]:
    path = folder / name
    try:
        if path.exists():
            with path.open("rb") as lines:
                yield from lines
        elif (packed := path.with_name(f"{name}.gz")).exists():
            yield from packing.decompressed(packed)
    except OSError as error:
        raise KavError(f"{path}: cannot be read: {error.strerror or error}") from None
