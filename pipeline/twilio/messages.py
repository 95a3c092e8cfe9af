"""The messages of Twilio Media Streams: a strict parser for received ones, an encoder for sent ones.

Source: https://www.twilio.com/docs/voice/media-streams/websocket-messages
"""

from __future__ import annotations

import binascii
import re
from binascii import b2a_base64
from typing import Any

import msgspec

from pipeline.vocabulary import Refusal

CALL_SID = re.compile(r"CA[0-9a-f]{32}")
STREAM_SID = re.compile(r"MZ[0-9a-f]{32}")
SUBPROTOCOL = "audio.twilio.com"
MAX_MESSAGE = 64 * 1024  # bytes; a 20 ms message is about 400


class MediaFormat(msgspec.Struct, frozen=True, rename="camel"):
    """The coding of the caller's audio; the defaults are the only one that Twilio sends."""

    encoding: str = "audio/x-mulaw"
    sample_rate: int = 8000  # Hz
    channels: int = 1


class Start(msgspec.Struct, frozen=True, rename="camel"):
    """The body of `start`: the stream's ids, format and parameters."""

    stream_sid: str
    call_sid: str = ""
    account_sid: str = ""
    tracks: list[str] = []
    media_format: MediaFormat = MediaFormat()
    custom_parameters: dict[str, str] = {}


class Chunk(msgspec.Struct, frozen=True, gc=False):
    """The body of `media`, a piece of the caller's audio; `payload` is mu-law, decoded from base64 by the parser."""

    payload: bytes
    track: str = "inbound"
    chunk: str = ""  # counts media messages, from "1"
    timestamp: str = ""  # ms from the start of the stream


class Digit(msgspec.Struct, frozen=True):
    """The body of `dtmf`, a key that the caller pressed."""

    digit: str
    track: str = "inbound_track"


class Named(msgspec.Struct, frozen=True):
    """The body of `mark`: the name of a mark that has been played."""

    name: str


class Inbound(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """A message from Twilio; `event` tells which one of the other bodies it has."""

    event: str
    stream_sid: str = ""
    media: Chunk | None = None
    start: Start | None = None
    dtmf: Digit | None = None
    mark: Named | None = None


class Refused(ValueError):
    """A message that Twilio would not send; `reason` classifies the fault."""

    def __init__(self, reason: Refusal, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


EVENTS = frozenset(("connected", "start", "media", "dtmf", "mark", "stop"))
_BODY = {"start": "start", "media": "media", "dtmf": "dtmf", "mark": "mark"}
_decode = msgspec.json.Decoder(Inbound).decode


def parse(data: bytes) -> Inbound:
    """Parse one message from Twilio.

    Raises Refused with the reason `json` (not JSON, not text, nested too deep), `event` (unknown) or `field` (missing,
    of the wrong type, or not base64).
    """
    try:
        message = _decode(data)
    except msgspec.ValidationError as error:
        raise Refused(Refusal.FIELD, str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, binascii.Error) as error:
        raise Refused(Refusal.JSON, str(error)) from None
    if message.media is not None and message.event == "media":
        return message
    body = _BODY.get(message.event)
    if body is not None:
        if getattr(message, body) is None:
            raise Refused(Refusal.FIELD, f"`{message.event}` has no `{body}`")
    elif message.event not in EVENTS:
        raise Refused(Refusal.EVENT, message.event[:40])
    return message


class Outbound:
    """Encodes the messages to one stream as bytes of JSON text, with exactly Twilio's fields.

    Twilio warns (31951) of an extra field as of a missing one.
    """

    def __init__(self, stream_sid: str) -> None:
        sid = msgspec.json.encode(stream_sid)
        self._media = b'{"event":"media","streamSid":' + sid + b',"media":{"payload":"'
        self._mark = b'{"event":"mark","streamSid":' + sid + b',"mark":{"name":'
        self.clear = b'{"event":"clear","streamSid":' + sid + b"}"

    def media(self, payload: bytes) -> bytes:
        """Encode `media`: a piece of sound as raw G.711 mu-law."""
        return self._media + b2a_base64(payload, newline=False) + b'"}}'

    def mark(self, name: str) -> bytes:
        """Encode `mark`, which Twilio sends back once the sound before it has been played or cleared."""
        return self._mark + msgspec.json.encode(name) + b"}}"


class Sound(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """The body of the agent's `media`; `payload` is mu-law, decoded from base64 by the parser."""

    payload: bytes


class MarkName(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """The body of the agent's `mark`."""

    name: str


class Sent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", tag_field="event", gc=False):
    """A message of the agent, parsed as strictly as by Twilio: `SentMedia`, `SentMark` or `SentClear`."""

    stream_sid: str


class SentMedia(Sent, frozen=True, tag="media", gc=False):
    """`media`: sound to be played after all sound before it."""

    media: Sound


class SentMark(Sent, frozen=True, tag="mark", gc=False):
    """`mark`: a name to be sent back once the sound before it has been played or cleared."""

    mark: MarkName


class SentClear(Sent, frozen=True, tag="clear", gc=False):
    """`clear`: discard all sound that has not been played."""


parse_sent = msgspec.json.Decoder(SentMedia | SentMark | SentClear).decode
"""Parse one message of the agent. Raises msgspec.MsgspecError, ValueError (text or base64), RecursionError."""


def encode(message: dict[str, Any]) -> bytes:
    """Encode any message as JSON text."""
    return msgspec.json.encode(message)
