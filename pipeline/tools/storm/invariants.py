"""What holds in every call, whatever the caller does, the network loses and the providers make of it.

Each rule is a function whose name is the rule's and whose docstring says it; it yields what broke it, when and how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from pipeline.asr import WAITING
from pipeline.frames import (
    AgentSpeaking,
    AudioOut,
    CallEnded,
    Interrupt,
    ReplyText,
    SpeechStarted,
    Transcript,
    TurnDropped,
    Utterance,
)
from pipeline.llm import Dialogue
from pipeline.tools.storm import line
from pipeline.tools.storm.story import Breach, Story

Found = Iterator[tuple[float, str]]
Rule = Callable[[Story], Found]

NEAR = 0.04  # seconds: how well an agent has to know what was heard
SOON = 1e-6  # seconds: the same tick
MEMORY = 6_000_000  # bytes that a step may hold: some minutes of sound
TROUBLES = ("Trouble", "TimeoutError", "SynthesisError")  # what a provider's failure may become


def judge(story: Story) -> list[Breach]:
    """Everything that did not hold in a call, in the order of the rules."""
    return [Breach(rule.__name__, at, text) for rule in RULES for at, text in rule(story)]


# ---- the caller's experience --------------------------------------------------------------------------------------


def silence(story: Story) -> Found:
    """In the agent's turn the caller hears something within the agent's patience, or the call ends."""
    for began, length in silences(story):
        if length > story.patience:
            yield began, f"the caller heard nothing for {length:.2f} s, at most {story.patience:g} s are allowed"


def silences(story: Story) -> Iterator[tuple[float, float]]:
    """How long the caller waited each time that it was the agent's turn: from when, and how long."""
    states = [(at, it["now"]) for at, it in story.told("state")]
    for (began, state), (until, _) in pairwise([*states, (story.ended, "")]):
        if state == "THINKING":
            yield began, until - began
        elif state == "SPEAKING":
            yield from line.gaps(story, began, until)


def answer(story: Story) -> Found:
    """Whoever was understood is answered, unless they go on, say the same again, or the call ends."""
    voices = [at for at, each in story.frames(AgentSpeaking) if each.on]
    starts = [at for at, _ in story.frames(SpeechStarted)]
    repeated = {each.turn for _, each in story.frames(TurnDropped) if each.reason == "repeated"}
    for at, each in story.frames(Transcript):
        if not each.final or not each.text or each.turn in repeated:
            continue
        until = min([when for when in (*voices, *starts, story.ended) if when >= at])
        if until - at > story.patience:
            yield at, f"turn {each.turn} was understood, and not answered for {until - at:.2f} s"


def question(story: Story) -> Found:
    """One question gets one reply: none begins twice, and nothing is added to one that was over."""
    over: set[int] = set()
    for at, what, it in story.events:
        if what in ("ReplyText", "ReplyEnded") and it["step"] != "IntroFilter":  # whose word comes between the two
            turn = it["frame"].turn
            if turn in over:
                yield at, f"more of the reply of turn {turn}, which was over: {it['frame']}"
            over |= {turn} if what == "ReplyEnded" else set()


def turns(story: Story) -> Found:
    """Every utterance comes to one outcome, final words or nothing, and words come in the order of their turns."""
    heard, last = {each.turn: at for at, each in story.frames(Utterance)}, -1
    for at, each in story.frames(Transcript, TurnDropped):
        if isinstance(each, TurnDropped) or each.final:
            heard.pop(each.turn, None)
        if isinstance(each, Transcript) and each.final:
            if each.turn <= last:
                yield at, f"turn {each.turn} came to words after turn {last}"
            last = each.turn
    for turn, at in heard.items():
        if story.ended - at > story.patience and story.chain.turn - turn < WAITING:
            yield at, f"turn {turn} never came to anything"


def introduction(story: Story) -> Found:
    """The agent introduces itself once a call."""
    introduced = False
    for reply in story.replies():
        again = any(each in reply.heard for each in story.introductions)
        if again and introduced:
            yield reply.ended, f"the agent introduced itself again: {reply.heard!r}"
        introduced = introduced or again


def greeting(story: Story) -> Found:
    """Nobody is greeted who has spoken first, and nobody twice."""
    spoke, greeted = 0, False
    for at, what, it in story.events:
        spoke += (what == "SpeechStarted") - (what == "TurnDropped")
        if what == "ReplyText" and it.get("step") == "Greeting":
            if spoke > 0 or greeted:
                yield at, "the greeting came " + ("twice" if greeted else "after the caller had spoken")
            greeted = True


def crosstalk(story: Story) -> Found:
    """A caller hears nothing that was said for another."""
    for at, each in story.frames(ReplyText, AudioOut):
        others = [name for name in story.others if name in each.text]
        if others:
            yield at, f"{story.call.caller} was to hear what was said for {others[0]}: {each.text!r}"


# ---- what was heard -----------------------------------------------------------------------------------------------


def interruption(story: Story) -> Found:
    """A caller who speaks over the agent is given way to in the tick of that frame of voice, with a `clear`."""
    cleared = [at for at, _ in story.messages("clear")]
    for at, it in story.told("spoken_over"):
        if not any(abs(when - at) < SOON for when in cleared):
            yield at, f"{it['row']} frames of voice in a row, and the agent speaks on"


def heard(story: Story) -> Found:
    """What the agent takes for heard begins what it had to say, and is what was played, within 40 ms."""
    for reply in story.replies():
        if reply.seconds is None:
            continue
        played = story.played(reply.began, reply.ended)
        if not played - story.late_marks - NEAR <= reply.seconds <= played + NEAR:
            yield reply.ended, f"{reply.seconds:.2f} s are taken for heard, the caller heard {played:.2f} s"
        if not story.spoken(reply.turn, reply.ended).startswith(reply.heard):
            yield reply.ended, f"{reply.heard!r} is taken for heard, and was not said"


def memory(story: Story) -> Found:
    """The model remembers the words that it was given and those that were heard, in turn, and no other."""
    for dialogue in (step for step in story.chain.steps if isinstance(step, Dialogue)):
        lines = dialogue.history
        if any(one.role == other.role for one, other in pairwise(lines)):
            yield story.ended, "two lines of the conversation in a row are of the same side"
        dropped = {each.turn for _, each in story.frames(TurnDropped) if each.reason == "repeated"}
        given = [it.text for _, it in story.frames(Transcript) if it.final and it.text and it.turn not in dropped]
        for role, real in (("assistant", [reply.heard for reply in story.replies()]), ("user", given)):
            kept = " ".join(each.text for each in lines if each.role == role)
            if kept != " ".join(filter(None, real)):
                yield story.ended, f"of the {role}'s words {kept[-80:]!r} are remembered, not {' '.join(real)[-80:]!r}"


def alternation(story: Story) -> Found:
    """The agent's voice begins, then ends or is interrupted, then begins again."""
    speaks = False
    for at, each in story.frames(AgentSpeaking, Interrupt):
        begins = isinstance(each, AgentSpeaking) and each.on
        if begins == speaks:
            yield at, f"the agent's voice {'began' if begins else 'ended'} twice in a row"
        speaks = begins


# ---- the call -----------------------------------------------------------------------------------------------------

LEGAL = {
    "LISTENING": ("THINKING", "SPEAKING", "ENDED"),
    "THINKING": ("LISTENING", "SPEAKING", "ENDED"),
    "SPEAKING": ("LISTENING", "ENDED"),
    "ENDED": (),
}


def states(story: Story) -> Found:
    """A call goes from state to state as it may: nobody stops speaking to think."""
    for at, it in story.told("state"):
        if it["now"] not in LEGAL[it["was"]]:
            yield at, f"from {it['was']} to {it['now']}"


def end(story: Story) -> Found:
    """A call ends once, with a cause of the list, and nothing is sent after it."""
    from pipeline.server.metrics import CAUSES

    ends = [at for at, _ in story.frames(CallEnded)]
    if len(ends) != 1 or not story.chain.ended or story.call.state != "ENDED":
        yield story.ended, f"the call ended {len(ends)} times, in state {story.call.state}"
    if story.call.cause not in CAUSES:
        yield story.ended, f"the cause {story.call.cause!r} is none of the list"
    for at, it in story.sent:
        if ends and at > ends[0] + SOON:
            yield at, f"{it['event']} was sent after the end"


def leftovers(story: Story) -> Found:
    """No task and no timer outlives its call, and its end takes two seconds at most."""
    timers = sum(len(step.timers) for step in story.chain.steps)
    if story.chain.tasks or timers:
        yield story.ended, f"{len(story.chain.tasks)} tasks and {timers} timers are left"
    for at, it in story.told("late"):
        yield at, f"{it['tasks']} tasks did not end in time"


def faults(story: Story) -> Found:
    """No step fails, but for its provider's failing."""
    for at, it in story.told("fault"):
        if it["error"] not in TROUBLES:
            yield at, f"{it['error']} in {it['step']}"


def refused(story: Story) -> Found:
    """What was refused came broken; nothing good is refused."""
    wrong, counted = story.wrong, story.call.refused
    reasons = {
        "bad": ("json", "field", "event", "stream"),
        "key": ("digit", "digit_flood"),
        "mark": ("mark_overdue",),
        "order": ("late", "lost"),
    }
    order = wrong.get("lost", 0) + wrong.get("twice", 0) + 5 * wrong.get("shuffled", 0)
    for kind, most in {**wrong, "order": order}.items():
        found = {each: counted[each] for each in reasons.get(kind, ()) if counted[each]}
        if sum(found.values()) > most:
            yield story.ended, f"{found} messages were refused, and {most} were wrong"


def bounded(story: Story) -> Found:
    """No step holds more than some minutes of sound."""
    for at, it in story.told("held"):
        if it["bytes"] > MEMORY:
            yield at, f"a step holds {it['bytes']} bytes"


RULES: tuple[Rule, ...] = (
    silence,
    answer,
    question,
    turns,
    introduction,
    greeting,
    crosstalk,
    interruption,
    heard,
    memory,
    alternation,
    line.void,
    line.marks,
    line.pace,
    states,
    end,
    leftovers,
    faults,
    refused,
    bounded,
)
