"""What a caller may do on the phone, one step each."""

from __future__ import annotations

from pathlib import Path

import msgspec

from pipeline.faults import Place

PATIENCE = 30.0  # seconds that a caller waits for the agent unless told


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a script; `at` is where it stands."""

    at: Place = Place("script")


class Wait(Action, frozen=True):
    """Say nothing for so long."""

    seconds: float


class Pcm(Action, frozen=True):
    """Speak: 16-bit PCM at 8 kHz; `words` is what the table calls it."""

    pcm: bytes
    words: str = ""


class Wav(Action, frozen=True):
    """Play a WAV file into the phone."""

    path: Path


class Say(Action, frozen=True):
    """Speak words with the voice that the script is prepared with."""

    text: str


class WaitReply(Action, frozen=True):
    """Listen until the agent has begun to answer, and has ended; at most `timeout` seconds for both."""

    timeout: float = PATIENCE


class WaitAudio(Action, frozen=True):
    """Listen until the agent has begun to answer; at most `timeout` seconds."""

    timeout: float = PATIENCE


class InterruptAfter(Action, frozen=True):
    """Speak over the agent, so many seconds after its answer began; at most `timeout` seconds until it begins."""

    seconds: float
    speech: Action  # Pcm, Wav or Say
    timeout: float = PATIENCE


class Answer(Action, frozen=True):
    """Nothing that a caller does: what a stand-in for the model answers to the words before."""

    text: str


class Dtmf(Action, frozen=True):
    """Press a key: one of 0-9 * # A-D."""

    digit: str


class HangUp(Action, frozen=True):
    """End the call."""
