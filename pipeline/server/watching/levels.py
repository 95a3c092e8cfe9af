"""The loudness of both sides of a call, in true time, for drawing."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from pipeline import audio
from pipeline.twilio import messages
from pipeline.twilio.messages import SentClear, SentMedia

PIECE = audio.FRAME_SAMPLES  # bytes of mu-law for one level: 20 ms
JITTER = 0.2  # seconds that the caller's sound may come late without leaving a gap

Level = tuple[str, dict[str, Any]]  # the name of an event of the feed, `levels` or `cut`, and its data


class Levels:
    """Makes levels of the messages of a stream: the caller's when they were spoken, the agent's when they are heard.

    Times are in seconds, on the clock of `add`.
    """

    def __init__(self) -> None:
        self._until = dict.fromkeys(("in", "out"), -math.inf)  # when the sound so far ends
        self._made: list[Level] = []
        self._last: dict[str, dict[str, Any]] = {}  # the untaken levels of each way that the next sound may join

    def add(self, at: float, way: str, data: bytes) -> None:
        """Take a message, `in` or `out`."""
        sound = caller_sound(data) if way == "in" else agent_sound(data)
        if sound:
            self._put(way, self._start(at, way, sound), sound)
        elif sound is not None and way == "out":
            self._until[way] = min(self._until[way], at)
            self._last.pop(way, None)
            self._made.append(("cut", {"at": round(at, 3)}))

    def take(self) -> list[Level]:
        """Remove and return the events of the messages so far: consecutive sound of one side is one event."""
        made, self._made = self._made, []
        self._last.clear()
        return made

    def _start(self, at: float, way: str, sound: bytes) -> float:
        """Return the time of a sound's first sample."""
        until = self._until[way]
        if way == "out":
            return max(at, until)  # it is heard after all that was sent before
        spoken = at - len(sound) / audio.RATE
        return until if abs(spoken - until) < JITTER else spoken

    def _put(self, way: str, start: float, sound: bytes) -> None:
        peaks = [loudness(sound[first : first + PIECE]) for first in range(0, len(sound), PIECE)]
        last = self._last.get(way)
        if last is not None and start == self._until[way]:
            last["peaks"] += peaks
        else:
            self._last[way] = last = {"way": way, "at": round(start, 3), "peaks": peaks}
            self._made.append(("levels", last))
        self._until[way] = start + len(sound) / audio.RATE


def loudness(sound: bytes) -> int:
    """Return the greatest loudness of mu-law, 0 to 255: the upper 8 bits of the 16-bit magnitude."""
    return min(255, audio.peak(audio.decode(sound)) >> 7)


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
