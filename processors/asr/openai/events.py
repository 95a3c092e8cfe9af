"""The events of a realtime transcription session, as JSON texts.

Source: https://developers.openai.com/api/docs/guides/realtime-transcription, and `openai.types.realtime`, which the
tests read them with.
"""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from pipeline.faults import clipped
from pipeline.settings import Secret
from processors._shared.openai_client import ProviderFault, clean
from processors.asr.openai.settings import OpenAiSettings, hints

FORMATS = {"pcmu": {"type": "audio/pcmu"}, "pcm": {"type": "audio/pcm", "rate": 24000}}
RETRIES = (429, 500)  # HTTP statuses after which another session may do better; 0, no answer, is one, too
STATUS = {  # error codes, and types of errors → the HTTP status that means the same
    "invalid_api_key": 401,
    "insufficient_quota": 429,
    "rate_limit_exceeded": 429,
    "model_not_found": 404,
    "invalid_request_error": 400,
    "server_error": 500,
}


class Error(msgspec.Struct):
    """An error; `event_id` is that of the client's event that caused it."""

    type: str | None = None
    code: str | None = None
    message: str | None = None
    event_id: str | None = None


class Event(msgspec.Struct):
    """A server's event; fields that others than these types have are ignored."""

    type: str
    item_id: str = ""
    delta: str | None = None
    transcript: str | None = None
    error: Error | None = None


_event = msgspec.json.Decoder(Event)


def parse(text: str | bytes) -> Event:
    """Return a server's event. Raises ProviderFault if it is none."""
    try:
        return _event.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise ProviderFault(f"no event of a session: {clipped(str(error))}") from None


def session_update(settings: OpenAiSettings, language: str) -> str:
    """Return the event that makes a session one of transcription, its turns ended by `commit` alone."""
    input_ = {
        "format": FORMATS[settings.encoding],
        "transcription": {"model": settings.model, **hints(settings, language), **settings.extra},
        "turn_detection": None,
    }
    return _text({"type": "session.update", "session": {"type": "transcription", "audio": {"input": input_}}})


def append(sound: bytes) -> str:
    """Return the event that adds sound, in the session's encoding, to the turn."""
    return _text({"type": "input_audio_buffer.append", "audio": base64.b64encode(sound).decode()})


def commit(event_id: str) -> str:
    """Return the event that ends a turn, and asks for its words."""
    return _text({"type": "input_audio_buffer.commit", "event_id": event_id})


def clear(event_id: str) -> str:
    """Return the event that drops the sound of a turn."""
    return _text({"type": "input_audio_buffer.clear", "event_id": event_id})


def fault(error: Error | None, key: Secret) -> ProviderFault:
    """Return a server's error as a fault of one line, without the key, its status told by its code or type."""
    error = error or Error()
    status = STATUS.get(error.code or "") or STATUS.get(error.type or "") or 0
    text = " ".join(filter(None, (error.code, error.message))) or "an error without words"
    return ProviderFault(clean(text, key), status, error.code or "")


def is_fatal(fault: ProviderFault) -> bool:
    """True if another session with the same settings would be refused as well."""
    return fault.code == "insufficient_quota" or (0 < fault.status < 500 and fault.status not in RETRIES)


def _text(event: dict[str, Any]) -> str:
    return msgspec.json.encode(event).decode()
