"""The file names of a record, and the content of its lines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec

from pipeline import events
from pipeline.config import Config
from pipeline.events import Event
from pipeline.frames import Control, Frame

ABOUT, CONFIG, WIRE, EVENTS, AUDIO = "call.json", "config.yaml", "wire.jsonl", "events.jsonl", "audio.wav"
PACKED = f"{WIRE}.gz"  # the messages of a call that has ended
PART = ".part"  # ending of the name of a file that is being written
Count = Annotated[int, msgspec.Meta(ge=0, le=10**9)]
FORMAT = 1  # version of the record's format


class Plugin(msgspec.Struct, frozen=True, kw_only=True):
    """A plug-in of a call's config: a file in the record, by its path, or a package that was installed, by its name."""

    name: str
    hash: str  # SHA-256 of the source that ran; of a package, of the modules of its processors
    version: str = ""  # of a package


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """The words of both sides of a call, a line for each turn of the caller and for each reply of the agent."""

    caller: str = ""
    agent: str = ""  # whole replies, also if the caller interrupted them


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A call that has ended, in figures: durations in seconds, faults by the names of their events.

    `words` is None in a record of an early version, whose `barge_ins` count nothing.
    """

    cause: str
    seconds: Annotated[float, msgspec.Meta(ge=0, le=1e7)]
    turns: Count = 0
    gap: float | None = None  # median response gap
    barge_ins: Count = 0
    faults: dict[str, Count] = {}
    words: Words | None = None
    cut: bool = False  # the record ends before its call


class About(msgspec.Struct, frozen=True, kw_only=True):
    """The content of `call.json`: the call's ids, time and numbers, the config that answered it, and its summary.

    `sound` is the format of the sound, `checksum` that of its tracks if the messages were packed. `log_words` is that
    of the config, None in a record of an early version.
    """

    call_sid: str
    began: str  # ISO 8601, UTC
    config: str = ""  # name of the config
    path: str = ""  # of the config's file
    hash: str = ""  # of the config
    language: str = ""
    caller: str = ""
    called: str = ""
    log_words: bool | None = None
    plugins: tuple[Plugin, ...] = ()
    sound: str = ""
    checksum: int | None = None
    summary: Summary | None = None  # None: the call goes on, or its process was lost
    format: int = FORMAT


def about_call(config: Config | None, call_sid: str, began: str, caller: str, called: str) -> About:
    """Return the content of `call.json`; without a config, its fields are empty."""
    about = About(call_sid=call_sid, began=began, caller=caller, called=called)
    if config is None:
        return about
    return msgspec.structs.replace(
        about,
        config=config.name,
        path=str(config.path),
        hash=config.hash,
        language=config.language,
        log_words=config.log_words,
    )


def from_here(path: Path) -> Path:
    """Return a path relative to the working directory if it is inside it, for a message."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def read_about(folder: Path) -> About:
    """Read a record's `call.json`. Raises OSError, and ValueError if it is of another format or broken."""
    content = msgspec.json.decode((folder / ABOUT).read_bytes(), type=dict[str, Any])
    if (version := content.get("format")) != FORMAT:
        said = "names no format" if version is None else f"was recorded in the format {version} by another Kav"
        raise ValueError(f"{said}; this one reads {FORMAT}")
    return msgspec.convert(content, About)


def write_about(folder: Path, about: About) -> None:
    """Write a record's `call.json` in one step. Raises OSError."""
    made = folder / f"{ABOUT}{PART}"
    made.write_bytes(msgspec.json.encode(about) + b"\n")
    made.replace(folder / ABOUT)


def message(data: bytes) -> dict[str, Any]:
    """Return the fields that keep a message: its JSON on one line as `message`, or `text` if it is no JSON."""
    try:
        msgspec.json.decode(data)
        return {"message": msgspec.Raw(msgspec.json.format(data, indent=-1))}  # on one line
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {"text": data.decode("utf-8", "replace")}


def kept(event: Event) -> dict[str, Any]:
    """Return the fields that keep an event, without its time: plain data, floats rounded to 4 places."""
    return {"what": event.what, **{name: _shown(value) for name, value in event.particulars().items()}}


def from_record(what: str, content: Mapping[str, Any]) -> Event:
    """Make an event from a line of events.jsonl.

    Raises KeyError for an unknown name, ValidationError for fields of the wrong type or missing ones.
    """
    return msgspec.convert(content, events.EVENTS[what])


def _shown(value: Any) -> Any:
    """Return a frame as a mapping of its fields, sound (16-bit PCM at 8 kHz) as its length in seconds."""
    if isinstance(value, Frame | Control):
        return {name: _shown(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, bytes):
        return round(len(value) / 16000, 3)
    return round(value, 4) if isinstance(value, float) else value
