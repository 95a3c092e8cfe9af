"""A call: its parties, its config, its state, its events, and the cause of its end."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from weakref import ref

import msgspec

from pipeline.conversation import Message
from pipeline.events import Event, Passed, Refused, StateChanged, StepFailed
from pipeline.faults import KavError
from pipeline.frames import Control, Frame, StopReply
from pipeline.keypad import Keypad
from pipeline.log.call_lines import Lines
from pipeline.memory import Memory
from pipeline.redaction.settings import REDACTS, RedactSettings
from pipeline.redaction.words import redacted
from pipeline.transfer import REHEARSED, Handed
from pipeline.vocabulary import MOVES, Cause, Refusal, State

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task

Item = TypeVar("Item")

BRIEF = 500  # characters that a person hears before they take a call
MAX_FAULTS = 10  # faults after which a call is hung up: it has become useless to its caller


class Wire(Protocol):
    """The caller's end of a call: the way out for messages to Twilio.

    Guarantees: no method waits or raises; all may be called at any time and in any state, also after the peer has gone,
    when they do nothing. Messages leave in the order of `send`. The buffer behind `flush` is bounded: a peer that does
    not read for too long is cut off, never waited for.
    """

    def send(self, data: bytes) -> None:
        """Queue one message, JSON text, until the next `flush`."""

    def flush(self) -> None:
        """Write the queued messages in one go; the chain calls this after each entry from outside."""

    def hang_up(self, reason: str) -> None:
        """End the call politely; safe to call again."""

    def reject(self, code: int, reason: str) -> None:
        """Close the socket, with this WebSocket close code, on a peer that breaks the protocol."""


Tap = Callable[[str, int | None, Frame | Control], None]  # the sending step's class and place, and the frame or control
Kind = type[Event] | type[Frame] | type[Control]
Watcher = Callable[[float, Event], None]  # loop time in seconds, the event
Count = Callable[[float, Any], None]  # the same for events of one kind


class Answering(Protocol):
    """The chain that answers a call, as the call sees it."""

    def raise_up(self, control: Control) -> None:
        """Let a control in at the bottom."""

    def tap_anew(self) -> None:
        """Ask `tapping` again for every class that passes from now on."""


class IllegalMove(RuntimeError):
    """A move to a state that the call's present state does not lead to."""

    def __init__(self, was: State, expected: tuple[State, ...], got: str) -> None:
        super().__init__(f"from {was}: expected {' or '.join(expected) or 'no other state'}, got {got}")


class CallSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A call that is over, for the work after it; `msgspec.json.encode` makes JSON of it.

    `conversation` has both sides' words in order, as they were heard: of an interrupted reply the part that was played.
    """

    sid: str
    config: str
    language: str
    caller: str  # the numbers, empty if the stream came without a webhook
    called: str
    cause: str  # a Cause, or a plug-in's own words
    started_at: datetime  # UTC
    seconds: float
    faults: int
    conversation: tuple[Message, ...]


@dataclass(eq=False, repr=False)
class Call:
    """One phone call, from the start of its media stream to its end.

    `random` is seeded from the call's sid, so that a replayed call draws the same numbers. `refused` counts the refused
    messages by reason. `watchers` are told every event, each of `counts` those of one class: an event's, or that of a
    frame or control that passed. `memory` is kept by the dialogue step, `chain` is set by the chain,
    `played` by a step that has to know the agent's sound.
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
    redact: RedactSettings = REDACTS
    watchers: tuple[Watcher, ...] = ()
    counts: Mapping[Kind, Count] = field(default_factory=dict)
    chain: Answering | None = field(default=None, init=False)
    played: Callable[[bytes], None] | None = field(default=None, init=False)  # told of each 20 ms sent, mu-law
    state: State = field(default=State.LISTENING, init=False)
    cause: str = field(default="", init=False)  # the first reason to end it; blank: under way
    rx: int = field(default=0, init=False)  # media messages received
    tx: int = field(default=0, init=False)  # media messages sent
    faults: int = field(default=0, init=False)
    answer_by: float = field(default=0.0, init=False)  # loop time until which the last turn's answer should be heard
    memory: Memory = field(default_factory=Memory)  # of an earlier stream, if the caller comes back from a transfer
    keypad: Keypad = field(default_factory=Keypad, init=False)
    tools: tuple[Any, ...] = ()  # the agent's, of class Tool; each has its own name
    at_work: bool = field(default=False, init=False)  # the reply under way waits for tools: it is not lost
    company: bool = field(default=False, init=False)  # and keeps the caller company meanwhile: no filler is wanted
    lasting: set[Task[Any]] = field(default_factory=set, init=False)  # tasks that go on after its end
    acts: bool = False  # True: tools do what they are asked to; False: they rehearse, and nothing outside changes
    refused: Counter[str] = field(default_factory=Counter, init=False)
    handed: Handed | None = field(default=None, init=False)  # the transfer that ends this stream
    _seen: dict[type[Any], ref[Frame | Control]] = field(default_factory=dict, init=False)  # keeps no sound alive

    @property
    def conversation(self) -> list[Message]:
        """The words of both sides, as heard."""
        return self.memory.conversation

    def __post_init__(self) -> None:
        self.started = self.loop.time()
        self.random = random.Random(self.sid)
        self.log = Lines(self.loop, self.sid, self.log_words, self.redact.logs)

    def tell(self, event: Event) -> None:
        """Tell an event to all watchers, and to the counter of its class."""
        if self.counts and (count := self.counts.get(event.kind)) is not None:
            count(self.loop.time(), event)
        for watch in self.watchers:
            watch(self.loop.time(), event)

    def watch(self, watcher: Watcher) -> None:
        """Add a watcher in the middle of the call: it is told of every later event."""
        self.watchers = (*self.watchers, watcher)
        self._tap_anew()

    def unwatch(self, watcher: Watcher) -> None:
        """Remove a watcher, upon which frames that no other wants cost nothing again; safe to call again."""
        self.watchers = tuple(each for each in self.watchers if each != watcher)
        self._tap_anew()

    def _tap_anew(self) -> None:
        if self.chain is not None:
            self.chain.tap_anew()

    def tapping(self, kind: type[Frame] | type[Control]) -> Tap | None:
        """Return the tap for a class of frames or controls; None if no watcher wants that class."""
        return self.saw if self.watchers or kind in self.counts else None

    def saw(self, step: str, place: int | None, passing: Frame | Control) -> None:
        """Report a frame or control that a step sends, once, however many steps it passes: the chain's tap."""
        # A frame that several steps pass on as it is arrives here once per step; comparing it with the last one of its
        # class is enough, as the chain lets one frame cross at a time.
        seen = self._seen.get(type(passing))
        if seen is not None and seen() is passing:
            return
        self._seen[type(passing)] = ref(passing)
        self.tell(Passed(passing, step, place))

    def becomes(self, state: State) -> None:
        """Enter a state; does nothing if it is the present one.

        Raises IllegalMove if the present state does not lead there. The call keeps its state and goes on, and the chain
        counts a fault of the step that asked.
        """
        if state == self.state:
            return
        if state not in MOVES[self.state]:
            raise IllegalMove(self.state, MOVES[self.state], state)
        self.log.debug("STATE {} → {}", self.state, state)
        self.tell(StateChanged(self.state, state))
        self.state = state

    def refuse(self, reason: Refusal, detail: str = "") -> int:
        """Count a message that was refused, and return the count for this reason.

        Only the first of a reason is logged: a peer that floods the line cannot flood the log.
        """
        self.refused[reason] += 1
        if self.refused[reason] == 1:
            self.log.warning("REFUSED {} {}", reason, detail)
        self.tell(Refused(reason))
        return self.refused[reason]

    def fault(
        self, error: Exception, where: str, event: type[StepFailed] = StepFailed, place: int | None = None
    ) -> None:
        """Count a fault of the step `where`; the call goes on, and is hung up at the tenth (MAX_FAULTS).

        Faults after that are counted and not logged. `event` is the class under which it is told, `place` the step's
        index in the chain.
        """
        self.faults += 1
        self.tell(event(where, type(error).__name__, place))
        if self.faults <= MAX_FAULTS:
            self.log.error("FAULT in {}: {}", where, type(error).__name__, error=error)
        # At the limit and not above it: faults go on to come while the call ends, and must not end it again.
        if self.faults == MAX_FAULTS:
            self.hang_up(Cause.FAULTS)

    def outlives(self, work: Coroutine[Any, Any, Item]) -> Task[Item]:
        """Start a task that goes on after the call's end; the work after the call waits for it."""
        task = self.loop.create_task(work)
        self.lasting.add(task)
        task.add_done_callback(self.lasting.discard)
        return task

    def interrupt(self) -> None:
        """Stop the reply under way, as if the caller had spoken over it; does nothing if there is none."""
        if self.chain is not None and self.state in (State.THINKING, State.SPEAKING):
            self.chain.raise_up(StopReply())

    def note_cause(self, cause: str) -> None:
        """Note the reason of a coming end, without ending the call; only the first one noted counts."""
        self.cause = self.cause or cause

    def hang_up(self, reason: str) -> None:
        """End the call, for a Cause or for words of a plug-in's own; the first reason is the one that counts."""
        # An end has consequences that ask for an end, too: the first reason is the one that explains the call.
        self.note_cause(reason)
        self.wire.hang_up(self.cause)

    def ended(self, reason: str) -> None:
        """Note that the call is over, and why."""
        self.note_cause(reason)
        self.becomes(State.ENDED)
        self.log.wait_no_more()

    def summary(self) -> CallSummary:
        """Return the summary of a call that ends now."""
        seconds = self.loop.time() - self.started
        return CallSummary(
            sid=self.sid,
            config=self.config,
            language=self.language,
            caller=self.caller,
            called=self.called,
            cause=self.cause,
            started_at=datetime.now(UTC) - timedelta(seconds=seconds),
            seconds=round(seconds, 3),
            faults=self.faults,
            conversation=tuple(self._summed(line) for line in self.conversation),
        )

    def _summed(self, line: Message) -> Message:
        """Return a copy of a message for the summary, redacted if the config says so."""
        return msgspec.structs.replace(line, text=redacted(line.text) if self.redact.after_call else line.text)


def hand_over(call: Call, to: str, brief: str = "") -> None:
    """End a call's stream, so that the server transfers the caller to this name of a tool's destinations.

    An unknown name is a fault of the call, which goes on. A call that ends already is not transferred.
    """
    if call.cause:
        return
    tool = next((each for each in call.tools if to in each.destinations), None)
    if tool is None:
        call.fault(KavError(f"no tool transfers to {to!r}"), "the transfer")
        return
    destination = tool.destinations[to]
    if not call.acts:
        destination = msgspec.structs.replace(destination, number=REHEARSED)
    memory = call.memory
    memory.handover, memory.handovers = to, memory.handovers + 1
    known = memory.encode(secrets=True)
    call.handed = Handed(destination=destination, tool=tool.name, brief=brief[:BRIEF], memory=known)
    call.log.info("HANDOVER to={}", to)
    call.hang_up(Cause.TRANSFER)
