"""The events of a call as a whole."""

from __future__ import annotations

from typing import ClassVar

from pipeline.events.event import Event
from pipeline.vocabulary import Refusal, State


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
