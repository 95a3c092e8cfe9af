"""The events of a call, for its record (events.jsonl), its watchers and the metrics.

A processor reports one with `self.call.tell(FirstAudio(turn=3, after=0.8))`. Frames and controls need no report: the
chain reports each that passes as `Passed`. `make docs` writes docs/events.md from this package. Names and fields are a
format on disk: they may be added, never renamed or removed.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.events.agent import (
    AnsweredAhead,
    FillerSaid,
    FirstAudio,
    IntroDropped,
    PromptLeaked,
    ReplyResumed,
    ReplyUnfinished,
    Underrun,
    Unspoken,
    UseWritten,
    VoiceFailed,
)
from pipeline.events.call import AfterCallFailed, RecordEnded, Refused, StateChanged, StepFailed, TasksLate
from pipeline.events.caller import EchoHeard, KeysMuted, RecognitionReopened, Understood, Voiced
from pipeline.events.event import Event, Passed
from pipeline.events.providers import (
    BreakerChanged,
    Exchange,
    ModelExchange,
    ProviderFailed,
    ToolExchange,
    VoiceExchange,
)

__all__ = [
    "EVENTS",
    "AfterCallFailed",
    "AnsweredAhead",
    "BreakerChanged",
    "EchoHeard",
    "Event",
    "Exchange",
    "FillerSaid",
    "FirstAudio",
    "IntroDropped",
    "KeysMuted",
    "ModelExchange",
    "Passed",
    "PromptLeaked",
    "ProviderFailed",
    "RecognitionReopened",
    "RecordEnded",
    "Refused",
    "ReplyResumed",
    "ReplyUnfinished",
    "StateChanged",
    "StepFailed",
    "TasksLate",
    "ToolExchange",
    "Underrun",
    "Understood",
    "Unspoken",
    "UseWritten",
    "VoiceExchange",
    "VoiceFailed",
    "Voiced",
]

_KINDS: tuple[type[Event], ...] = (
    StateChanged,
    Refused,
    StepFailed,
    AfterCallFailed,
    TasksLate,
    RecordEnded,
    Voiced,
    EchoHeard,
    KeysMuted,
    Understood,
    RecognitionReopened,
    Exchange,
    ModelExchange,
    VoiceExchange,
    ToolExchange,
    ProviderFailed,
    BreakerChanged,
    AnsweredAhead,
    PromptLeaked,
    UseWritten,
    IntroDropped,
    FirstAudio,
    FillerSaid,
    ReplyUnfinished,
    ReplyResumed,
    VoiceFailed,
    Unspoken,
    Underrun,
)
EVENTS: Mapping[str, type[Event]] = {each.name: each for each in _KINDS if each.name}
"""The events of this package by their names on disk, in its order; `Passed` has the names of frames instead."""
