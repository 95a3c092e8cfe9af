"""Reading the record of a call: what came in, what went out, what happened, and what its providers gave."""

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
    """Something that happened in a call; `at` in seconds from its start, `no` its place in the record."""

    at: float
    no: int
    what: str
    content: dict[str, Any]

    @property
    def frame(self) -> dict[str, Any]:
        """The fields of the frame or control that it is about; none if it is about something else."""
        frame = self.content.get("frame")
        return frame if isinstance(frame, dict) else {}


class Message(msgspec.Struct, frozen=True, gc=False):
    """A message on the wire."""

    at: float
    no: int
    data: bytes


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """The record of one call, read whole. `cut`: it breaks off, because the server died or its time was over."""

    folder: Path
    about: About
    received: list[Message]  # from Twilio
    sent: list[Message]  # to Twilio
    events: list[Event]
    cut: bool

    @property
    def config(self) -> Path:
        """The config that answered the call, with everything filled in but secrets."""
        return self.folder / CONFIG

    @property
    def ending(self) -> tuple[str, str]:
        """Why the stream was over, and the call's cause if that came from outside of the chain; "lost" of one cut."""
        reason = next((it.frame["reason"] for it in self.events if it.what == CallEnded.__name__), Cause.LOST)
        cause = next((str(it.content["cause"]) for it in self.events if it.what == RecordEnded.name), "")
        inside = any(it.what == Hangup.__name__ and it.frame["reason"] == cause for it in self.events)
        return reason, "" if inside else cause

    @property
    def seconds(self) -> float:
        """How long the call was."""
        return max((each[-1].at for each in (self.received, self.sent, self.events) if each), default=0.0)

    @classmethod
    def load(cls, folder: str | Path) -> Recording:
        """Read a record. Raises KavError, in one sentence, if it cannot be replayed."""
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
    """The records in a folder, sorted; the folder itself if it is one. Raises KavError if there is none."""
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
        raise KavError(f"{folder}: was recorded before records said what their providers gave; it cannot be replayed")
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        if (version := kept.get("format")) != FORMAT:
            raise KavError(f"{folder}: was recorded in the format {version} by another Kav; this one reads {FORMAT}")
        return msgspec.convert(kept, About)
    except (OSError, msgspec.MsgspecError) as error:
        raise KavError(f"{path}: cannot be read: {error}") from None


def events(folder: Path) -> tuple[list[Event], bool]:
    """What happened in a call, up to where its record breaks off, and whether it does. Raises KavError."""
    found: list[Event] = []
    for number, line in enumerate(_lines(folder, EVENTS)):
        try:
            content = _event(line)
            found.append(Event(float(content.pop("at")), content.pop("no", number), str(content.pop("what")), content))
        except (msgspec.DecodeError, KeyError, TypeError, ValueError):
            return found, True  # the server died in the middle of it
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
