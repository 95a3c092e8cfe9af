"""Invariants of a call as a whole: its states, its end, and nothing left behind."""

from __future__ import annotations

from pipeline.events import ModelExchange, StateChanged, StepFailed, TasksLate, VoiceExchange
from pipeline.frames import CallEnded
from pipeline.tools.storm.call_log import SOON, CallLog, Found
from pipeline.tools.storm.faulty_step import FaultyStep
from pipeline.tools.storm.monitor import Held
from pipeline.vocabulary import MOVES, Cause, Refusal, State

MEMORY = 6_000_000  # bytes that a step may hold: about six minutes of PCM
LOST = "TurnLost"  # the pacer's fault for a turn that no step has answered
LATE = 3.0  # seconds before the pacer gives a turn up, in which a provider was still at work
TROUBLES = ("Trouble", "TimeoutError", "SynthesisError")  # errors that a provider's failure may cause


def states(log: CallLog) -> Found:
    """A call moves between states only as `MOVES` allows."""
    for at, it in log.told(StateChanged.name):
        if it["now"] not in MOVES[it["was"]]:
            yield at, f"from {it['was']} to {it['now']}"


def end(log: CallLog) -> Found:
    """A call ends once, with a cause of the list, and nothing is sent after it."""
    ends = [at for at, _ in log.frames(CallEnded)]
    if len(ends) != 1 or not log.chain.ended or log.call.state != State.ENDED:
        yield log.ended, f"the call ended {len(ends)} times, in state {log.call.state}"
    if log.call.cause not in frozenset(Cause):
        yield log.ended, f"the cause {log.call.cause!r} is none of the list"
    for at, it in log.sent:
        if ends and at > ends[0] + SOON:
            yield at, f"{it['event']} was sent after the end"


def leftovers(log: CallLog) -> Found:
    """No task or timer outlives its call, and its end takes two seconds at most."""
    timers = sum(len(step.timers) for step in log.chain.steps)
    if log.chain.tasks or timers:
        yield log.ended, f"{len(log.chain.tasks)} tasks and {timers} timers are left"
    for at, it in log.told(TasksLate.name):
        yield at, f"{it['tasks']} tasks did not end in time"


def faults(log: CallLog) -> Found:
    """No step fails, except when its provider does, and the one that is there to fail."""
    asked = [at for kind in (ModelExchange, VoiceExchange) for at, _ in log.told(kind.name)]
    for at, it in log.told(StepFailed.name):
        # The pacer gives a turn up after its time; that is right while a model or a voice still takes its own.
        slow = it["error"] == LOST and any(at - LATE <= when <= at for when in asked)
        if it["error"] not in TROUBLES and not slow and not it["step"].startswith(FaultyStep.__name__):
            yield at, f"{it['error']} in {it['step']}"


def refused(log: CallLog) -> Found:
    """Only broken messages are refused: no more, by kind, than came wrong."""
    wrong, counted = log.wrong, log.call.refused
    reasons = {
        "bad": (Refusal.JSON, Refusal.FIELD, Refusal.EVENT, Refusal.STREAM),
        "key": (Refusal.DIGIT, Refusal.DIGIT_FLOOD),
        "mark": (Refusal.MARK_OVERDUE,),
        "order": (Refusal.LATE, Refusal.LOST),
    }
    order = wrong.get("lost", 0) + wrong.get("twice", 0) + 5 * wrong.get("shuffled", 0)
    for kind, most in {**wrong, "order": order}.items():
        found = {each: counted[each] for each in reasons.get(kind, ()) if counted[each]}
        if sum(found.values()) > most:
            yield log.ended, f"{found} messages were refused, and {most} were wrong"


def bounded(log: CallLog) -> Found:
    """No step holds more than 6 MB, some minutes of sound."""
    for at, it in log.told(Held.name):
        if it["bytes"] > MEMORY:
            yield at, f"a step holds {it['bytes']} bytes"
