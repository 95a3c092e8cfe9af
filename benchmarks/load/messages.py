"""Twilio's messages, quick to make and to read; `pipeline/twilio/playback.py` is the one that checks what servers send.

Source: https://www.twilio.com/docs/voice/media-streams/websocket-messages
"""

from __future__ import annotations

import json
import warnings
import wave
from base64 import b64decode, b64encode
from functools import cache

import msgspec

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

FRAME = 160  # bytes of mu-law: 20 ms
RATE = 8000  # bytes a second
FRAME_SECONDS = FRAME / RATE
SILENCE = b64encode(b"\xff" * FRAME)
BUZZ = (
    b"\x9a" * 13 + b"\x1a" * 13
)  # mu-law: one period of a loud square wave of 308 Hz, a voice to whoever measures RMS
_MEDIA = (
    b'{"event":"media","sequenceNumber":"%d","media":{"track":"inbound","chunk":"%d","timestamp":"%d","payload":"%b%b'
)


# Not `pipeline.twilio.messages.parse_sent`: the generator judges other servers, too, which may send fields that Kav
# does not, so it reads leniently; and it leaves the sound in base64, whose length alone it needs of most messages.
class _Sound(msgspec.Struct, gc=False):
    payload: str


class _Name(msgspec.Struct, gc=False):
    name: str


class Heard(msgspec.Struct, gc=False):
    """A message of the server's: `media`, `mark` or `clear`."""

    event: str
    media: _Sound | None = None
    mark: _Name | None = None


parse = msgspec.json.Decoder(Heard).decode  # raises msgspec.MsgspecError


def seconds(payload: str) -> float:
    """How long base64 mu-law lasts."""
    padding = len(payload) - len(payload.rstrip("=")) if payload.endswith("=") else 0
    return (len(payload) * 3 // 4 - padding) / RATE


def is_silence(payload: str) -> bool:
    """Whether all of it is mu-law's digital silence, 0xFF."""
    return not b64decode(payload).strip(b"\xff")


@cache
def speech(length: float, recording: str = "") -> tuple[bytes, ...]:
    """The payloads of so many seconds of a voice: a buzz every frame of which is loud, or a recording again and again.

    Raises ValueError if that is not a WAV file of 16-bit mono at 8 kHz, OSError if it cannot be opened.
    """
    frames = round(length / FRAME_SECONDS)
    period = _recorded(recording) if recording else BUZZ
    sound = period * (frames * FRAME // len(period) + 1)
    return tuple(b64encode(sound[at : at + FRAME]) for at in range(0, frames * FRAME, FRAME))


def _recorded(path: str) -> bytes:
    """A recording as mu-law."""
    try:
        with wave.open(path, "rb") as file:
            form, pcm = file.getparams(), file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise ValueError(f"{path} is not a WAV file: {error}") from None
    if form[:3] != (1, 2, RATE) or not pcm:
        raise ValueError(f"{path} is not 16-bit mono at {RATE} Hz")
    return audioop.lin2ulaw(pcm, 2)


class Sending:
    """The messages of one call, numbered as Twilio numbers them."""

    def __init__(self, index: int) -> None:
        self.stream_sid, self.call_sid = f"MZ{index:032x}", f"CA{index:032x}"
        self.account_sid = "AC" + "0" * 32
        self.number = self.chunk = 0
        self._end = f'"}},"streamSid":"{self.stream_sid}"}}'.encode()

    def connected(self) -> bytes:
        """The first message of all."""
        return b'{"event":"connected","protocol":"Call","version":"1.0.0"}'

    def start(self) -> bytes:
        """What the stream is."""
        body = {
            "accountSid": self.account_sid,
            "streamSid": self.stream_sid,
            "callSid": self.call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": RATE, "channels": 1},
            "customParameters": {},
        }
        return self._message("start", body)

    def media(self, payload: bytes) -> bytes:
        """20 ms of sound, in base64."""
        self.number, self.chunk, at = self.number + 1, self.chunk + 1, self.chunk * 20
        return _MEDIA % (self.number, self.chunk, at, payload, self._end)

    def mark(self, name: str) -> bytes:
        """All before this mark has been played, or thrown away."""
        return self._message("mark", {"name": name})

    def stop(self) -> bytes:
        """The caller has hung up."""
        return self._message("stop", {"accountSid": self.account_sid, "callSid": self.call_sid})

    def _message(self, event: str, body: object) -> bytes:
        self.number += 1
        message = {"event": event, "sequenceNumber": str(self.number), "streamSid": self.stream_sid, event: body}
        return json.dumps(message, separators=(",", ":")).encode()
