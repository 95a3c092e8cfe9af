"""What the files of a record consist of."""

from __future__ import annotations

from typing import Any

import msgspec

from pipeline.config import Config
from pipeline.events import Event
from pipeline.frames import Control, Frame

ABOUT, CONFIG, WIRE, EVENTS, AUDIO = "call.json", "config.yaml", "wire.jsonl", "events.jsonl", "audio.wav"
FORMAT = 1  # of what is kept


class About(msgspec.Struct, frozen=True, kw_only=True):
    """Whose call it is, and which config answered it: `call.json`."""

    call_sid: str
    began: str  # ISO 8601, UTC
    config: str = ""  # its name
    path: str = ""  # of its file
    hash: str = ""
    language: str = ""
    caller: str = ""
    called: str = ""
    format: int = FORMAT


def about_call(config: Config | None, call_sid: str, began: str, caller: str, called: str) -> About:
    """What a record says of its call."""
    about = About(call_sid=call_sid, began=began, caller=caller, called=called)
    if config is None:
        return about
    said = {"config": config.name, "path": str(config.path), "hash": config.hash, "language": config.language}
    return msgspec.structs.replace(about, **said)


def message(data: bytes) -> dict[str, Any]:
    """What is kept of a message: itself on one line, or its text if it is no JSON."""
    try:
        msgspec.json.decode(data)
        return {"message": msgspec.Raw(msgspec.json.format(data, indent=-1))}  # on one line
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {"text": data.decode("utf-8", "replace")}


def kept(event: Event) -> dict[str, Any]:
    """What is kept of an event, but for its moment: plain data, spans to 0.1 ms."""
    return {"what": event.what, **{name: _shown(value) for name, value in event.particulars().items()}}


def _shown(value: Any) -> Any:
    """A frame as its fields, its sound as the seconds that it lasts."""
    if isinstance(value, Frame | Control):
        return {name: _shown(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, bytes):
        return round(len(value) / 16000, 3)
    return round(value, 4) if isinstance(value, float) else value
