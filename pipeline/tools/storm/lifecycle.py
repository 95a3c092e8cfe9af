"""What holds of every call as a whole: its states, its end, and what it leaves behind."""

from __future__ import annotations

from pipeline.events import StateChanged, StepFailed, TasksLate
from pipeline.frames import CallEnded
from pipeline.tools.storm.monitor import Held
from pipeline.tools.storm.story import SOON, Found, Story
from pipeline.vocabulary import MOVES, Cause, Refusal, State

MEMORY = 6_000_000  # bytes that a step may hold: some minutes of sound
TROUBLES = ("Trouble", "TimeoutError", "SynthesisError")  # what a provider's failure may become


def states(story: Story) -> Found:
    """A call goes from state to state as it may: nobody stops speaking to think."""
    for at, it in story.told(StateChanged.name):
        if it["now"] not in MOVES[it["was"]]:
            yield at, f"from {it['was']} to {it['now']}"


def end(story: Story) -> Found:
    """A call ends once, with a cause of the list, and nothing is sent after it."""
    ends = [at for at, _ in story.frames(CallEnded)]
    if len(ends) != 1 or not story.chain.ended or story.call.state != State.ENDED:
        yield story.ended, f"the call ended {len(ends)} times, in state {story.call.state}"
    if story.call.cause not in frozenset(Cause):
        yield story.ended, f"the cause {story.call.cause!r} is none of the list"
    for at, it in story.sent:
        if ends and at > ends[0] + SOON:
            yield at, f"{it['event']} was sent after the end"


def leftovers(story: Story) -> Found:
    """No task and no timer outlives its call, and its end takes two seconds at most."""
    timers = sum(len(step.timers) for step in story.chain.steps)
    if story.chain.tasks or timers:
        yield story.ended, f"{len(story.chain.tasks)} tasks and {timers} timers are left"
    for at, it in story.told(TasksLate.name):
        yield at, f"{it['tasks']} tasks did not end in time"


def faults(story: Story) -> Found:
    """No step fails, but for its provider's failing."""
    for at, it in story.told(StepFailed.name):
        if it["error"] not in TROUBLES:
            yield at, f"{it['error']} in {it['step']}"


def refused(story: Story) -> Found:
    """What was refused came broken; nothing good is refused."""
    wrong, counted = story.wrong, story.call.refused
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
            yield story.ended, f"{found} messages were refused, and {most} were wrong"


def bounded(story: Story) -> Found:
    """No step holds more than some minutes of sound."""
    for at, it in story.told(Held.name):
        if it["bytes"] > MEMORY:
            yield at, f"a step holds {it['bytes']} bytes"
