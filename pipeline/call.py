"""A call: who, when, which config, what was said, and how it ended."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from weakref import ref

from pipeline.events import Event, Passed, Refused, StateChanged, StepFailed
from pipeline.frames import Control, Frame
from pipeline.log.call_lines import Lines
from pipeline.vocabulary import MOVES, Cause, Refusal, State

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

MAX_FAULTS = 10  # a call whose steps failed this often has nothing left to say


class Wire(Protocol):
    """The caller's end of a call: where messages for Twilio go."""

    def send(self, data: bytes) -> None:
        """Send one message, at the next flush; never waits."""

    def flush(self) -> None:
        """Let what was sent leave now; the chain does as soon as what was crossing it has left."""

    def hang_up(self, reason: str) -> None:
        """End the call politely; may be called again."""

    def reject(self, code: int, reason: str) -> None:
        """Close the socket on a peer that breaks the protocol, with this WebSocket close code."""


Tap = Callable[[str, Frame | Control], None]  # is told the name of the step that sends, and what it sends
Kind = type[Event] | type[Frame] | type[Control]
Watcher = Callable[[float, Event], None]  # loop time in seconds, what happened
Count = Callable[[float, Any], None]  # the same for events of one kind


class IllegalMove(RuntimeError):
    """A step asked for a state that the call cannot go to from the one that it is in."""

    def __init__(self, was: State, expected: tuple[State, ...], got: str) -> None:
        super().__init__(f"from {was}: expected {' or '.join(expected) or 'no other state'}, got {got}")


@dataclass(eq=False, repr=False)
class Call:
    """One phone call, from the media stream's start to its end.

    `random` is seeded from the call's sid, so that a call replayed is the same call. `refused` counts the messages that
    were not taken, by reason. `watchers` are told every event, each of `counts` those of one class: an event's, or that
    of a frame or control that passed.
    """

    sid: str
    wire: Wire
    loop: AbstractEventLoop
    stream_sid: str = ""
    language: str = "en-US"
    caller: str = ""
    called: str = ""
    config: str = ""
    log_words: bool = True
    watchers: tuple[Watcher, ...] = ()
    counts: Mapping[Kind, Count] = field(default_factory=dict)
    state: State = field(default=State.LISTENING, init=False)
    cause: str = field(default="", init=False)  # why it ended
    rx: int = field(default=0, init=False)  # media messages received
    tx: int = field(default=0, init=False)  # media messages sent
    faults: int = field(default=0, init=False)
    refused: Counter[str] = field(default_factory=Counter, init=False)
    _seen: dict[type[Any], ref[Frame | Control]] = field(default_factory=dict, init=False)  # it keeps no sound alive

    def __post_init__(self) -> None:
        self.started = self.loop.time()
        self.random = random.Random(self.sid)
        self.log = Lines(self.loop, self.sid)

    def tell(self, event: Event) -> None:
        """Tell an event to everything that watches this call or counts events of its kind."""
        if self.counts and (count := self.counts.get(event.kind)) is not None:
            count(self.loop.time(), event)
        for watch in self.watchers:
            watch(self.loop.time(), event)

    def tapping(self, kind: type[Frame] | type[Control]) -> Tap | None:
        """What sees frames or controls of a class: nothing, if nobody wants to know of them."""
        return self.saw if self.watchers or kind in self.counts else None

    def saw(self, step: str, passing: Frame | Control) -> None:
        """Tell of a frame or control that a step sends, once however many steps it passes; the chain's tap."""
        seen = self._seen.get(type(passing))
        if seen is not None and seen() is passing:
            return
        self._seen[type(passing)] = ref(passing)
        self.tell(Passed(passing, step))

    def becomes(self, state: State) -> None:
        """Enter a state; entering the present one does nothing.

        Raises IllegalMove if the present state does not lead there: the call stays in it and goes on, and the chain's
        door counts a fault of the step that asked.
        """
        if state == self.state:
            return
        if state not in MOVES[self.state]:
            raise IllegalMove(self.state, MOVES[self.state], state)
        self.log.debug("STATE {} → {}", self.state, state)
        self.tell(StateChanged(self.state, state))
        self.state = state

    def refuse(self, reason: Refusal, detail: str = "") -> int:
        """Count a message that was not taken; returns how often this reason has been counted."""
        self.refused[reason] += 1
        if self.refused[reason] == 1:
            self.log.warning("REFUSED {} {}", reason, detail)
        self.tell(Refused(reason))
        return self.refused[reason]

    def fault(self, error: Exception, where: str) -> None:
        """Count a failure of the step `where`; the call goes on without it, up to a limit of failures."""
        self.faults += 1
        self.tell(StepFailed(where, type(error).__name__))
        if self.faults <= MAX_FAULTS:
            self.log.error("FAULT in {}: {}", where, type(error).__name__, error=error)
        if self.faults == MAX_FAULTS:
            self.hang_up(Cause.FAULTS)

    def note_cause(self, cause: str) -> None:
        """Note why the call is about to end, without ending it; the first cause noted is the one that counts."""
        self.cause = self.cause or cause

    def hang_up(self, reason: str) -> None:
        """Let the call end, for a Cause or for words of a plug-in's own; the first reason is the one that counts."""
        self.note_cause(reason)
        self.wire.hang_up(self.cause)

    def ended(self, reason: str) -> None:
        """Note that it is over, and why."""
        self.note_cause(reason)
        self.becomes(State.ENDED)
        self.log.wait_no_more()
