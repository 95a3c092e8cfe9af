"""The events of the caller's turn."""

from __future__ import annotations

from typing import Any, ClassVar

from pipeline.events.event import Event


class Voiced(Event, frozen=True):
    """A voice activity detector judged the caller's sound, up to 10 s at a time."""

    name: ClassVar[str] = "voiced"

    step: str  # class of the detector
    settings: dict[str, Any]  # its settings
    frames: str  # a digit for each 20 ms: 1 voice, 0 none


class EchoHeard(Event, frozen=True):
    """A stretch of the caller's sound had no other voice than the agent's, come back over the line: no voice at all."""

    name: ClassVar[str] = "echo"

    since: float  # stream time of its first frame, seconds
    seconds: float  # its length
    lag: float | None = None  # seconds from sending the voice to its return; none until it is known
    level: float | None = None  # its loudness beside that of the voice as it was sent, dB


class KeysMuted(Event, frozen=True):
    """A stretch of the caller's sound is silence in the record, as secret keys were pressed in it."""

    name: ClassVar[str] = "keys_muted"

    since: float  # stream time at which it begins, seconds
    seconds: float  # its length


class Understood(Event, frozen=True):
    """A recogniser gave the final words of a turn."""

    name: ClassVar[str] = "asr"

    turn: int  # number of the caller's turn; 0 before the first
    text: str  # empty if there were no words
    confidence: float  # 0 to 1; 0 if the recogniser does not say


class RecognitionReopened(Event, frozen=True):
    """A recogniser's stream was replaced in the middle of a call."""

    name: ClassVar[str] = "asr_reopened"

    why: str  # age, stall, or the status or code that ended the stream, e.g. UNAVAILABLE
