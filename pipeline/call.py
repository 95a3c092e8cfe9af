"""A call: who, when, which config, what was said, and how it ended."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from weakref import ref

from pipeline.frames import Control, Frame
from pipeline.log.call_lines import Lines

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

LISTENING, THINKING, SPEAKING, ENDED = "LISTENING", "THINKING", "SPEAKING", "ENDED"

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

Watcher = Callable[[float, str, dict[str, Any]], None]  # loop time in seconds, what happened, its particulars


@dataclass(eq=False, repr=False)
class Call:
    """One phone call, from the media stream's start to its end.

    `state` is LISTENING, THINKING, SPEAKING or ENDED. `random` is seeded from the call's sid, so that a call replayed
    is the same call. `refused` counts the messages that were not Twilio's, by reason. `watchers` are told of all that
    happens, each of `counts` of one kind of event alone.
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
    counts: Mapping[str, Watcher] = field(default_factory=dict)
    state: str = field(default=LISTENING, init=False)
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

    def event(self, what: str, **particulars: Any) -> None:
        """Tell whoever wants to know that something happened."""
        if (count := self.counts.get(what)) is not None:
            count(self.loop.time(), what, particulars)
        for watch in self.watchers:
            watch(self.loop.time(), what, particulars)

    def tapping(self, kind: type[Frame] | type[Control]) -> Tap | None:
        """What sees frames or controls of a class: nothing, if nobody wants to know of them."""
        return self.saw if self.watchers or kind.__name__ in self.counts else None

    def saw(self, step: str, passing: Frame | Control) -> None:
        """Tell of a frame or control that a step sends, once however many steps it passes; the chain's tap."""
        seen = self._seen.get(type(passing))
        if seen is not None and seen() is passing:
            return
        self._seen[type(passing)] = ref(passing)
        self.event(type(passing).__name__, frame=passing, step=step)

    def becomes(self, state: str) -> None:
        """Enter a state; entering the one that it is in already is nothing."""
        if state != self.state:
            self.log.debug("STATE {} → {}", self.state, state)
            self.event("state", was=self.state, now=state)
            self.state = state

    def refuse(self, reason: str, detail: str = "") -> int:
        """Count a message that was not taken; returns how often this reason has been counted."""
        self.refused[reason] += 1
        if self.refused[reason] == 1:
            self.log.warning("REFUSED {} {}", reason, detail)
        self.event("refused", reason=reason)
        return self.refused[reason]

    def fault(self, error: Exception, where: str) -> None:
        """Count a failure of the step `where`; the call goes on without it, up to a limit of failures."""
        self.faults += 1
        self.event("fault", step=where, error=type(error).__name__)
        if self.faults <= MAX_FAULTS:
            self.log.error("FAULT in {}: {}", where, type(error).__name__, error=error)
        if self.faults == MAX_FAULTS:
            self.hang_up("faults")

    def hang_up(self, reason: str) -> None:
        """Let the call end; the first reason is the one that counts."""
        self.cause = self.cause or reason
        self.wire.hang_up(self.cause)

    def ended(self, reason: str) -> None:
        """Note that it is over, and why."""
        self.cause = self.cause or reason
        self.becomes(ENDED)
        self.log.wait_no_more()
