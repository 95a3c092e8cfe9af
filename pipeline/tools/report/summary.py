"""Summarise a call's events for its page: turns, replies, faults, clears, marks, the end. Times in seconds."""

from __future__ import annotations

from typing import Any

import msgspec

from pipeline.events import (
    AfterCallFailed,
    BreakerChanged,
    ProviderFailed,
    RecognitionReopened,
    Refused,
    StepFailed,
    TasksLate,
    Underrun,
    Unspoken,
    VoiceFailed,
)
from pipeline.frames import TurnDropped
from pipeline.records.reader import Event
from pipeline.records.timeline import Reply, Turn, timeline
from pipeline.tools.report.record import CallRecord

FAULTS = {  # an event's name → a sentence for the reader, filled with the event's fields
    StepFailed.name: "{error} in {step}",
    AfterCallFailed.name: "{error} in {step}, after the call",
    Refused.name: "a message was refused: {reason}",
    BreakerChanged.name: "{provider}: its breaker is {state}",
    ProviderFailed.name: "{provider} failed: {error}",
    VoiceFailed.name: "{provider} gave no sound",
    Unspoken.name: "no voice spoke: {text}",
    Underrun.name: "the voice was slower than it was heard",
    RecognitionReopened.name: "recognition was opened again: {why}",
    TasksLate.name: "{tasks} tasks did not end",
    TurnDropped.__name__: "turn {turn} was dropped: {reason}",
}


class CallSummary(msgspec.Struct, kw_only=True):
    """The summary of a call. `clears` and `marks` are moments, `faults` moments and sentences, `gaps` response gaps."""

    turns: list[Turn] = []
    replies: list[Reply] = []
    gaps: list[float] = []
    utterances: int = 0
    clears: list[float] = []
    marks: list[float] = []
    faults: list[tuple[float, str]] = []
    cause: str = ""
    call_sid: str = ""
    stream_sid: str = ""


def summarise(record: CallRecord) -> CallSummary:
    """Return the summary of a record."""
    told = timeline(record.events)
    for reply in told.replies:
        reply.ended = record.seconds if reply.ended is None else reply.ended
    started, ended = _content(record, "CallStarted"), _content(record, "ended")
    return CallSummary(
        turns=sorted(told.turns, key=lambda turn: turn.started),
        replies=told.replies,
        gaps=told.gaps,
        utterances=len(told.utterances),
        clears=[it.at for it in record.events if it.what == "Clear"],
        marks=[it.at for it in record.events if it.what == "MarkPlayed"],
        faults=[(it.at, _filled(it)) for it in record.events if it.what in FAULTS],
        cause=str(ended.get("cause", "")),
        call_sid=str(started.get("call_sid", "")),
        stream_sid=str(started.get("stream_sid", "")),
    )


def stages(turn: Turn) -> list[tuple[str, float, float]]:
    """Return each stage of an answer that was reached, with its start and end, since the caller's last voiced frame."""
    names = (("endpointing", turn.decided_at), ("recognition", turn.words_at), ("model", turn.reply_at))
    found, at = [], 0.0
    for name, until in (*names, ("voice and breath", turn.audio_at)):
        if until is not None and turn.ended_at is not None:
            reached = max(at, until - turn.ended_at)
            found.append((name, at, reached))
            at = reached
    return found


def _content(record: CallRecord, what: str) -> dict[str, Any]:
    return next((it.frame or it.content for it in record.events if it.what == what), {})


def _filled(event: Event) -> str:
    sentence = FAULTS[event.what]
    for name, value in (event.frame or event.content).items():
        sentence = sentence.replace(f"{{{name}}}", str(value))
    return sentence
