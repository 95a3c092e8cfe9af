"""The events of a call, for its record (events.jsonl), its watchers and the metrics.

A processor reports one with `self.call.tell(FirstAudio(turn=3, after=0.8))`. Frames and controls need no report: the
chain reports each that passes as `Passed`. `make docs` writes docs/events.md from this file. Names and fields are a
format on disk: they may be added, never renamed or removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from pipeline.frames import Control, Frame
from pipeline.vocabulary import AheadOutcome, Refusal, State, UseOutcome

Passing = TypeVar("Passing", bound=Frame | Control)


class Event(msgspec.Struct, frozen=True):
    """The superclass of all events of a call; plug-ins may define their own subclasses."""

    name: ClassVar[str] = ""  # its name on disk, under `what`

    @property
    def kind(self) -> type[Any]:
        """The class by which counters select it: its own."""
        return type(self)

    @property
    def what(self) -> str:
        """Its name on disk."""
        return self.name

    def particulars(self) -> dict[str, Any]:
        """Return its fields for the disk: all that are not None."""
        return {name: it for name in self.__struct_fields__ if (it := getattr(self, name)) is not None}


class Passed(Event, Generic[Passing], frozen=True):
    """A frame or control passed a step of the chain for the first time; on disk under the name of its class."""

    frame: Passing  # its fields are below, in the table of its class
    step: str  # class of the step that made it; empty if it came from the line
    place: int | None = None  # index of that step in the chain, from 0

    @property
    def kind(self) -> type[Any]:
        """The class by which counters select it: that of the frame or control."""
        return type(self.frame)

    @property
    def what(self) -> str:
        """The name of the frame's class."""
        return type(self.frame).__name__


# ---- the call -----------------------------------------------------------------------------------------------------


class StateChanged(Event, frozen=True):
    """The call went from one state to another."""

    name: ClassVar[str] = "state"

    was: State  # the one it left
    now: State  # the one it entered


class Refused(Event, frozen=True):
    """A message was not taken."""

    name: ClassVar[str] = "refused"

    reason: Refusal  # the fault of the message


class StepFailed(Event, frozen=True):
    """A step raised an error; the call went on without the rest of that handler or task."""

    name: ClassVar[str] = "fault"

    step: str  # its class and its line of the config, or "the chain"
    error: str  # class of the error
    place: int | None = None  # index of that step in the chain, from 0


class AfterCallFailed(StepFailed, frozen=True):
    """The work of a step after the call raised an error, or was not finished in its time."""

    name: ClassVar[str] = "after_call_failed"


class TasksLate(Event, frozen=True):
    """Tasks of the call did not end in the time that they have once the call is over."""

    name: ClassVar[str] = "late"

    tasks: int  # how many


class RecordEnded(Event, frozen=True):
    """The record has ended: its last line, missing only if the record breaks off. Watchers do not get this event."""

    name: ClassVar[str] = "ended"

    cause: str  # a cause, or a plug-in's own words
    dropped: int  # events and messages that are missing because the disk was too slow
    cut: bool  # true if the record ends before its call, because it is too long or its process was lost


# ---- the caller's turn --------------------------------------------------------------------------------------------


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


# ---- providers ----------------------------------------------------------------------------------------------------


class Exchange(Event, frozen=True):
    """A question to a provider, a piece of its answer, or the answer's end; all of one question have its `ask`.

    The question has neither `got` nor `error` nor `ended`, each later event exactly one of them.
    """

    to: str  # the text that is answered or spoken
    ask: int  # number of the question, counted by each step from 1
    after: float | None = None  # seconds since the question
    got: str | int | None = None  # a piece: text, or bytes of sound, 16,000 to the second
    error: str | None = None  # class of the error that ended it
    ended: bool | None = None  # true if it ended by itself


class ModelExchange(Exchange, frozen=True):
    """A language model was asked, gave a piece of its answer, ended it or failed."""

    name: ClassVar[str] = "bit"

    use: str | None = None  # name of a tool that it asks for, in the place of words; the arguments are in `tool`
    whole: bool | None = None  # true once these arguments are complete


class VoiceExchange(Exchange, frozen=True):
    """A voice was asked for the sound of a text, gave a piece of it, ended it or failed."""

    name: ClassVar[str] = "sound"


class ToolExchange(Exchange, frozen=True):
    """A tool was used, gave its result, or failed."""

    name: ClassVar[str] = "tool"

    tool: str = ""  # the name by which the model asked for it
    outcome: UseOutcome | None = None  # with the end: how it ended
    rehearsed: bool | None = None  # true if nothing was done, as the verb only rehearses
    facts: dict[str, Any] | None = None  # with the result: what it has added to the facts of the call
    grants: tuple[str, ...] | None = None  # with the result: rights that it has granted, besides those of its settings


class ProviderFailed(Event, frozen=True):
    """A provider failed before it had answered; the next one is asked."""

    name: ClassVar[str] = "provider_failed"

    provider: str  # its word in the config, e.g. llm.openai
    error: str  # class of the error


class BreakerChanged(Event, frozen=True):
    """A provider's circuit breaker opened, closed or let one request through."""

    name: ClassVar[str] = "breaker"

    provider: str  # its word in the config, e.g. llm.openai
    state: str  # closed, open or probing


# ---- the agent's turn ---------------------------------------------------------------------------------------------


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


# ---- the whole list -----------------------------------------------------------------------------------------------

_KINDS = [each for each in globals().values() if isinstance(each, type) and issubclass(each, Event)]
EVENTS: Mapping[str, type[Event]] = {each.name: each for each in _KINDS if each.name}
"""The events of this file by their names on disk, in its order; `Passed` has the names of frames instead."""
