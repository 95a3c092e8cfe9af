"""The reader of a call's record: messages both ways, and events, which include the answers of providers."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from pipeline.events import RecordEnded
from pipeline.faults import KavError
from pipeline.frames import CallEnded, Hangup
from pipeline.records.files import ABOUT, CONFIG, EVENTS, FORMAT, WIRE, About
from pipeline.vocabulary import Cause


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

    `cut` is True if it ends before its call: the server died, or the call was longer than `record.max_minutes`.
    """

    folder: Path
    about: About
    received: list[Message]  # from Twilio
    sent: list[Message]  # to Twilio
    events: list[Event]
    cut: bool

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
        received, sent, torn = _messages(folder)
        ended = bool(found) and found[-1].what == RecordEnded.name and not found[-1].content.get("cut")
        return cls(
            folder=folder,
            about=about,
            received=received,
            sent=sent,
            events=found,
            cut=broken or torn or not ended,
        )


def folders(path: Path) -> list[Path]:
    """Return the folders of all records in a folder, itself included, sorted. Raises KavError if there are none."""
    if not path.is_dir():
        raise KavError(f"{path}: there is no such folder")
    found = {each.parent for name in (EVENTS, f"{EVENTS}.gz") for each in path.rglob(name)}
    if not found:
        raise KavError(f"{path}: has no record of a call in it: no {EVENTS}")
    return sorted(found)


class _Line(msgspec.Struct, frozen=True):
    at: float
    no: int
    way: str
    message: msgspec.Raw = msgspec.Raw(b"")
    text: str = ""


_line = msgspec.json.Decoder(_Line).decode
_event = msgspec.json.Decoder(dict[str, Any]).decode


def _about(folder: Path) -> About:
    path = folder / ABOUT
    if not path.exists():
        if not any((folder / name).exists() for name in (EVENTS, f"{EVENTS}.gz")):
            raise KavError(f"{folder}: is no record of a call: it has no {EVENTS}")
        raise KavError(f"{folder}: has no {ABOUT}, as records of early versions; it cannot be replayed")
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        if (version := kept.get("format")) != FORMAT:
            raise KavError(f"{folder}: was recorded in the format {version} by another Kav; this one reads {FORMAT}")
        return msgspec.convert(kept, About)
    except (OSError, msgspec.MsgspecError) as error:
        raise KavError(f"{path}: cannot be read: {error}") from None


def events(folder: Path) -> tuple[list[Event], bool]:
    """Return the events of a record up to the first torn line, and True if there is one.

    Raises KavError if the file cannot be read.
    """
    found: list[Event] = []
    for number, line in enumerate(_lines(folder, EVENTS)):
        try:
            content = _event(line)
            found.append(Event(float(content.pop("at")), content.pop("no", number), str(content.pop("what")), content))
        except (msgspec.DecodeError, KeyError, TypeError, ValueError):
            return found, True  # the server died while it wrote the line
    return found, False


def _messages(folder: Path) -> tuple[list[Message], list[Message], bool]:
    received: list[Message] = []
    sent: list[Message] = []
    for line in _lines(folder, WIRE):
        try:
            it = _line(line)
        except msgspec.DecodeError:
            return received, sent, True
        data = bytes(it.message) or it.text.encode("utf-8", "surrogatepass")
        (received if it.way == "in" else sent).append(Message(it.at, it.no, data))
    if not received:
        raise KavError(f"{folder}: was kept without Twilio's messages (`record.wire`), or has none: nothing to replay")
    return received, sent, False


def _lines(folder: Path, name: str) -> Iterator[bytes]:
    path = folder / name
    try:
        if path.exists():
            with path.open("rb") as lines:
                yield from lines
        elif (packed := path.with_name(f"{name}.gz")).exists():
            with gzip.open(packed) as lines:
                yield from lines
    except (OSError, EOFError) as error:
        raise KavError(f"{path}: cannot be read: {error}") from None
