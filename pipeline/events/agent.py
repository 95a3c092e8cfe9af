"""The events of the agent's turn."""

from __future__ import annotations

from typing import ClassVar

from pipeline.events.event import Event
from pipeline.vocabulary import AheadOutcome


class AnsweredAhead(Event, frozen=True):
    """An answer that was begun, or should have been, before the caller's turn was over had its outcome."""

    name: ClassVar[str] = "ahead"

    turn: int  # number of the caller's turn; 0 before the first
    outcome: AheadOutcome  # used, wasted, late


class PromptLeaked(Event, frozen=True):
    """A reply began to repeat the model's confidential prompt; no more of that reply is spoken."""

    name: ClassVar[str] = "prompt_leak"


class UseWritten(Event, frozen=True):
    """A model wrote the use of a tool into its text, where it is not spoken; one of an offered tool is taken."""

    name: ClassVar[str] = "use_written"

    tool: str  # its name; blank if it is none that was offered, or malformed: the model is asked again once


class IntroDropped(Event, frozen=True):
    """A piece of a reply introduced the agent again, and that part of it was dropped."""

    name: ClassVar[str] = "intro_dropped"

    turn: int  # number of the caller's turn; 0 before the first
    text: str  # the piece as the model meant it
    kept: str  # the rest that is spoken; may be empty


class FirstAudio(Event, frozen=True):
    """The first sound of a reply was sent."""

    name: ClassVar[str] = "first_audio"

    turn: int  # number of the caller's turn; 0 before the first
    after: float  # seconds since the caller's turn was found to be over
    breath: float | None = None  # seconds, counted from there too, in which no reply starts: a pause as people make one


class FillerSaid(Event, frozen=True):
    """A filler was said, as the caller had waited for long."""

    name: ClassVar[str] = "filler"

    turn: int  # number of the caller's turn; 0 before the first
    after: float  # seconds in which the caller had heard nothing
    text: str  # its words; empty: a soft tone, as words were said shortly before


class ReplyUnfinished(Event, frozen=True):
    """The call ended while a reply was heard."""

    name: ClassVar[str] = "reply_unfinished"

    turn: int  # number of the caller's turn; 0 before the first
    heard: str  # the words of it that the caller has heard
    heard_seconds: float  # the length of their sound


class ReplyResumed(Event, frozen=True):
    """A reply goes on after an interruption that came to nothing: noise, a cough or a nod."""

    name: ClassVar[str] = "reply_resumed"

    turn: int  # number of the turn that had interrupted it


class VoiceFailed(Event, frozen=True):
    """An attempt of a voice gave no sound; it is asked again, or the next voice is."""

    name: ClassVar[str] = "tts_failed"

    provider: str  # its word in the config, e.g. tts.google


class Unspoken(Event, frozen=True):
    """No voice gave sound for a sentence: the caller hears the clip or a beep in its place."""

    name: ClassVar[str] = "tts_unspoken"

    text: str  # the sentence


class Underrun(Event, frozen=True):
    """A voice made the sound of a sentence more slowly than it is heard."""

    name: ClassVar[str] = "tts_underrun"

    turn: int  # number of the caller's turn; 0 before the first
