"""Summarise a call's events for its page: turns, replies, states, faults, clears, marks, the end. Times in seconds."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec

from pipeline.events import (
    AfterCallFailed,
    BreakerChanged,
    FillerSaid,
    ProviderFailed,
    RecognitionReopened,
    RecordEnded,
    Refused,
    StateChanged,
    StepFailed,
    TasksLate,
    Underrun,
    Unspoken,
    VoiceFailed,
)
from pipeline.frames import CallStarted, Clear, MarkPlayed, Transcript, TurnDropped
from pipeline.records.holds import Holds
from pipeline.records.reader import Event
from pipeline.records.replies import Reply
from pipeline.records.stopwatch import ONSET_TO_SILENT, TALK_IN
from pipeline.records.timeline import Turn, timeline
from pipeline.tools.report.record import CallRecord

FAULTS = {  # an event's name → a sentence for the reader, filled with the event's fields
    StepFailed.name: "{error} in {step}",
    AfterCallFailed.name: "{error} in {step}, after the call",
    Refused.name: "a message was refused: {reason}",
    BreakerChanged.name: "{provider}: its breaker is {state}",
    ProviderFailed.name: "{provider} failed: {error}",
    VoiceFailed.name: "{provider} gave no sound",
    Unspoken.name: "no voice spoke: {text}",
    FillerSaid.name: "the caller had waited long, and heard a filler",
    Underrun.name: "the voice was slower than it was heard",
    RecognitionReopened.name: "recognition was opened again: {why}",
    TasksLate.name: "{tasks} tasks did not end",
    TurnDropped.__name__: "turn {turn} was dropped: {reason}",
}
STAGES = ("endpointing", "recognition", "model", "voice", "breath")


class Fault(NamedTuple):
    """A fault: its moment, a sentence, and the place in the chain of the step that had it; None if it is not known."""

    at: float
    sentence: str
    place: int | None = None


class Words(msgspec.Struct):
    """The words of a turn as they were recognised: the interim ones with their moments, and the final ones' confidence.

    The confidence is 0 to 1; 0 if the recogniser does not say.
    """

    interim: list[tuple[float, str]] = []
    confidence: float = 0.0


class CallSummary(msgspec.Struct, kw_only=True):
    """The summary of a call. `clears` and `marks` are moments, `gaps` response gaps, `states` have their start and end.

    `cut_ins` are the replies that began while the caller spoke, `talk_ins` the moments at which callers went on over an
    answer within its first second, `unspoken` those that never became audible; `words` are
    by the number of the turn, `classes` of the steps by their place in the chain, as far as the events say it. `echo`
    is that of the line: its lag in seconds, its level in dB.
    """

    turns: list[Turn] = []
    replies: list[Reply] = []
    unspoken: list[Reply] = []
    cut_ins: list[Reply] = []
    barge_ins: list[Reply] = []
    talk_ins: list[float] = []
    silent_after: list[float] = []
    holds: Holds = msgspec.field(default_factory=Holds)
    gaps: list[float] = []
    echo: tuple[float, float] | None = None
    utterances: int = 0
    words: dict[int, Words] = {}
    states: list[tuple[float, float, str]] = []
    clears: list[float] = []
    marks: list[float] = []
    faults: list[Fault] = []
    classes: dict[int, str] = {}
    cause: str = ""
    call_sid: str = ""
    stream_sid: str = ""


def summarise(record: CallRecord) -> CallSummary:
    """Return the summary of a record."""
    told, classes = timeline(record.events), _classes(record.events)
    _end(told.replies, record.seconds)
    started, ended = _content(record, CallStarted.__name__), _content(record, RecordEnded.name)
    return CallSummary(
        turns=sorted((it for it in told.turns if math.isfinite(it.started + it.ended)), key=lambda it: it.started),
        replies=told.replies,
        unspoken=told.unspoken,
        cut_ins=told.cut_ins,
        barge_ins=told.barge_ins,
        talk_ins=[it.at for it in told.samples[TALK_IN]],
        silent_after=[it.value for it in told.samples[ONSET_TO_SILENT]],
        holds=told.holds,
        gaps=told.gaps,
        echo=told.echo,
        utterances=len(told.utterances),
        words=_words(record.events),
        states=list(_states(record)),
        clears=[it.at for it in record.events if it.what == Clear.__name__],
        marks=[it.at for it in record.events if it.what == MarkPlayed.__name__],
        faults=[Fault(it.at, _filled(it), _place(it, classes)) for it in record.events if it.what in FAULTS],
        classes=classes,
        cause=str(ended.get("cause", "")),
        **{name: str(started.get(name, "")) for name in ("call_sid", "stream_sid")},
    )


def _end(replies: Sequence[Reply], seconds: float) -> None:
    """End the replies whose end no event tells: at the next one's start, or with the call."""
    for reply, until in zip(replies, [*(it.started for it in replies[1:]), None], strict=False):
        if reply.ended is None:
            reply.ended, reply.unfinished = until or seconds, until is None


def stages(turn: Turn) -> list[tuple[str, float, float]]:
    """Return each stage of an answer that was reached, with its start and end, since the caller's last voiced frame.

    The breath is the time for which sound that was made already waited for the end of the pause before a reply.
    """
    made, breath = turn.sound_at, turn.breath_until
    waited = made is not None and (breath is None or made < breath)
    reached = (turn.decided_at, turn.words_at, turn.reply_at, made if waited else turn.audio_at, turn.audio_at)
    found, at = [], 0.0
    for name, until in zip(STAGES, reached, strict=True):
        if until is not None and turn.ended_at is not None:
            end = max(at, until - turn.ended_at)
            found.append((name, at, end))
            at = end
    return found


def _words(events: list[Event]) -> dict[int, Words]:
    found: dict[int, Words] = defaultdict(Words)
    for event in events:
        turn, words = event.frame.get("turn"), event.frame.get("text")
        if event.what != Transcript.__name__ or not isinstance(turn, int) or not isinstance(words, str):
            continue
        if not event.frame.get("final"):
            found[turn].interim.append((event.at, words))
        elif isinstance(sure := event.frame.get("confidence"), float):
            found[turn].confidence = found[turn].confidence or sure
    return found


def _states(record: CallRecord) -> Iterator[tuple[float, float, str]]:
    changes = [it for it in record.events if it.what == StateChanged.name]
    names = [*(it.content.get("was") for it in changes[:1]), *(it.content.get("now") for it in changes)]
    spans = pairwise([0.0, *(it.at for it in changes), record.seconds])
    yield from ((since, until, str(name)) for (since, until), name in zip(spans, names, strict=False))


def _classes(events: list[Event]) -> dict[int, str]:
    found: dict[int, str] = {}
    for event in events:
        place, step = event.content.get("place"), event.content.get("step")
        if isinstance(place, int) and event.frame and isinstance(step, str) and step:
            found.setdefault(place, step)
    return found


def _place(event: Event, classes: dict[int, str]) -> int | None:
    """Return the place of an event's step: as it says, or that of the only step of its class."""
    if isinstance(told := event.content.get("place"), int):
        return told
    step = str(event.content.get("step", "")).partition(" (")[0]
    places = [place for place, name in classes.items() if name == step]
    return places[0] if len(places) == 1 else None


def _content(record: CallRecord, what: str) -> dict[str, Any]:
    return next((it.frame or it.content for it in record.events if it.what == what), {})


def _filled(event: Event) -> str:
    fields = event.frame or event.content
    return re.sub(r"{(\w+)}", lambda found: str(fields.get(found[1], "?")), FAULTS[event.what])
