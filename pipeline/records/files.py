"""The file names of a record, and the content of its lines."""

from __future__ import annotations

from typing import Any

import msgspec

from pipeline.config import Config
from pipeline.events import Event
from pipeline.frames import Control, Frame

ABOUT, CONFIG, WIRE, EVENTS, AUDIO = "call.json", "config.yaml", "wire.jsonl", "events.jsonl", "audio.wav"
FORMAT = 1  # version of the record's format


class About(msgspec.Struct, frozen=True, kw_only=True):
    """The content of `call.json`: the call's ids, time and numbers, and the config that answered it."""

    call_sid: str
    began: str  # ISO 8601, UTC
    config: str = ""  # name of the config
    path: str = ""  # of the config's file
    hash: str = ""  # of the config
    language: str = ""
    caller: str = ""
    called: str = ""
    format: int = FORMAT


def about_call(config: Config | None, call_sid: str, began: str, caller: str, called: str) -> About:
    """Return the content of `call.json`; without a config, its fields are empty."""
    about = About(call_sid=call_sid, began=began, caller=caller, called=called)
    if config is None:
        return about
    said = {"config": config.name, "path": str(config.path), "hash": config.hash, "language": config.language}
    return msgspec.structs.replace(about, **said)


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


def _shown(value: Any) -> Any:
    """Return a frame as a mapping of its fields, sound (16-bit PCM at 8 kHz) as its length in seconds."""
    if isinstance(value, Frame | Control):
        return {name: _shown(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, bytes):
        return round(len(value) / 16000, 3)
    return round(value, 4) if isinstance(value, float) else value
