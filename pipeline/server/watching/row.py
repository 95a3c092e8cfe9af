"""The row of one call in an overview: a few figures, and the events that tell its story."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from pipeline.call import Call, Count, Kind
from pipeline.catalog.spec import Step
from pipeline.events import (
    AfterCallFailed,
    BreakerChanged,
    Event,
    FirstAudio,
    IntroDropped,
    Passed,
    ProviderFailed,
    Refused,
    ReplyResumed,
    StateChanged,
    StepFailed,
    TasksLate,
    Underrun,
    Unspoken,
    VoiceFailed,
)
from pipeline.frames import (
    AgentSpeaking,
    AudioOut,
    CallEnded,
    CallStarted,
    Dtmf,
    Hangup,
    HeldUtterance,
    Interrupt,
    ReplyEnded,
    ReplyStopped,
    ReplyText,
    SpeechHeld,
    SpeechReleased,
    SpeechStarted,
    SpeechStopped,
    Transcript,
    TurnDropped,
    Utterance,
)
from pipeline.records.files import kept
from pipeline.records.stopwatch import RESPONSE_GAP, Stopwatch
from pipeline.server.stream.socket import Listener

STRIP = 30.0  # seconds of states that a row shows
KEPT = 2000  # events of one call that a late viewer is shown

HELD = (SpeechHeld, SpeechReleased, HeldUtterance, ReplyResumed)
CALLER = (SpeechStarted, SpeechStopped, Utterance, TurnDropped, Transcript, Dtmf)
AGENT = (ReplyText, ReplyEnded, AudioOut, AgentSpeaking, Interrupt, ReplyStopped, FirstAudio, IntroDropped)
CALL = (CallStarted, CallEnded, Hangup, StateChanged)
TROUBLES = (StepFailed, AfterCallFailed, TasksLate, Refused, ProviderFailed, BreakerChanged)
VOICE = (VoiceFailed, Unspoken, Underrun)
STORY: tuple[Kind, ...] = (*HELD, *CALLER, *AGENT, *CALL, *TROUBLES, *VOICE)
"""The events that are kept: each comes a few times a turn at most."""


class Listened(Protocol):
    """A call's socket, whose messages can be listened to."""

    def listens(self, listener: Listener) -> None:
        """Tell every later message to this listener."""

    def listens_no_more(self, listener: Listener) -> None:
        """Tell it no more."""


class Row:
    """The figures of one call under way, and its story so far, without sound; the last 2000 events are kept.

    `counts` gives the counters for `Call.counts`: no frame of other classes is tapped for it. `call` and `line`, the
    socket that its messages pass, are there from `begin` on, before which no event comes.
    """

    call: Call
    line: Listened

    def __init__(self, steps: Iterable[Step] = ()) -> None:
        self.steps = [
            {"place": place, "word": step.word, "class": step.kind.__name__} for place, step in enumerate(steps)
        ]
        self.started = time.time()  # seconds since the epoch
        self.barge_ins = 0
        self.gap: float | None = None  # the last response gap, in seconds
        self.story: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self.told = 0  # events of the story so far
        self._sounding = -1  # the turn of the last sound
        self._states: deque[tuple[float, str]] = deque()
        self._watch = Stopwatch(self._note)

    def counts(self, others: Mapping[Kind, Count]) -> dict[Kind, Count]:
        """Return the counters of a new call: these, and the others."""
        own: dict[Kind, Count] = dict.fromkeys(STORY, self._keep)
        both = {kind: _both(count, own[kind]) for kind, count in others.items() if kind in own}
        return {**others, **own, **both}

    def begin(self, call: Call, line: Listened) -> None:
        """Take the call that has just been created, and its socket."""
        self.call, self.line = call, line
        self._states.append((0.0, call.state))

    def figures(self) -> dict[str, Any]:
        """Return the figures as plain data, for JSON."""
        call = self.call
        self._forget(call.loop.time() - call.started - STRIP)
        return {
            "state": call.state,
            "states": list(self._states),
            "turns": self._watch.utterances,
            "gap": self.gap,
            "barge_ins": self.barge_ins,
            "faults": call.faults,
            "cause": call.cause,
        }

    def _keep(self, now: float, event: Any) -> None:
        at = now - self.call.started
        self._count(now, at, event)
        if self._tells(event):
            self.told += 1
            self.story.append({"at": round(at, 4), **kept(event)})

    def _tells(self, event: Event) -> bool:
        """True for all but interim words and the later sound of a turn, which come more often."""
        frame = event.frame if isinstance(event, Passed) else None
        if isinstance(frame, AudioOut):
            first, self._sounding = frame.turn != self._sounding, frame.turn
            return first
        return not (isinstance(frame, Transcript) and not frame.final)

    def _count(self, now: float, at: float, event: Event) -> None:
        if (take := self._watch.takes.get(event.kind)) is not None and isinstance(event, Passed):
            take(now, event.frame)
        if isinstance(event, StateChanged):
            self._states.append((round(at, 2), event.now))
        self.barge_ins += event.kind is Interrupt

    def _note(self, figure: str, sample: Any, _: int) -> None:
        if figure == RESPONSE_GAP:
            self.gap = round(sample.value, 3)

    def _forget(self, before: float) -> None:
        """Drop the states that had ended by then."""
        while len(self._states) > 1 and self._states[1][0] <= before:
            self._states.popleft()


def _both(one: Count, other: Count) -> Count:
    def count(now: float, event: Any) -> None:
        one(now, event)
        other(now, event)

    return count
