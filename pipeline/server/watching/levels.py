"""The loudness of both sides of a call, in true time, for drawing."""

from __future__ import annotations

from array import array
from typing import Any

import msgspec

from pipeline import audio
from pipeline.twilio import messages
from pipeline.twilio.messages import SentClear, SentMedia

PIECE = audio.FRAME_SAMPLES  # bytes of mu-law for one level: 20 ms
LOUDNESS = bytes(min(255, abs(sample) >> 7) for sample in array("h", audio.decode(bytes(range(256)))))
"""The loudness of each mu-law code, 0 to 255: the upper 8 bits of its 16-bit magnitude."""

Level = tuple[str, dict[str, Any]]  # the name of an event of the feed, and its data


class Levels:
    """Makes levels of the messages of a stream: the caller's as they come, the agent's where they are heard.

    Times are in the unit and from the start that the caller of `add` uses, in seconds.
    """

    def __init__(self) -> None:
        self._heard_until = 0.0

    def add(self, at: float, way: str, data: bytes) -> Level | None:
        """Return the level event of a message, `in` or `out`; None if it has no sound and clears none."""
        return self._caller(at, data) if way == "in" else self._agent(at, data)

    def _caller(self, at: float, data: bytes) -> Level | None:
        if (sound := caller_sound(data)) is None:
            return None
        return _levels("in", at - len(sound) / audio.RATE, sound)

    def _agent(self, at: float, data: bytes) -> Level | None:
        sound = agent_sound(data)
        if sound == b"":
            self._heard_until = min(self._heard_until, at)
            return "cut", {"at": round(at, 3)}
        if sound is None:
            return None
        start = max(at, self._heard_until)
        self._heard_until = start + len(sound) / audio.RATE
        return _levels("out", start, sound)


def caller_sound(data: bytes) -> bytes | None:
    """Return the mu-law of a message of Twilio; None if it has none."""
    try:
        message = messages.parse(data)
    except messages.Refused:
        return None
    return None if message.media is None else message.media.payload


def agent_sound(data: bytes) -> bytes | None:
    """Return the mu-law of a message to Twilio, empty for a `clear`; None if it has no sound."""
    try:
        sent = messages.parse_sent(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    if isinstance(sent, SentClear):
        return b""
    return sent.media.payload if isinstance(sent, SentMedia) else None


def _levels(way: str, at: float, sound: bytes) -> Level:
    loud = sound.translate(LOUDNESS)
    return "levels", {
        "way": way,
        "at": round(at, 3),
        "peaks": [max(loud[i : i + PIECE]) for i in range(0, len(loud), PIECE)],
    }
