"""What a caller may expect in every call: an answer to each question, in time, and to no other's."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from pipeline.asr import WAITING
from pipeline.events import StateChanged
from pipeline.frames import AgentSpeaking, AudioOut, ReplyText, SpeechStarted, Transcript, TurnDropped, Utterance
from pipeline.tools.storm import line
from pipeline.tools.storm.story import Found, Story
from pipeline.vocabulary import DropReason, State


def silence(story: Story) -> Found:
    """In the agent's turn the caller hears something within the agent's patience, or the call ends."""
    for began, length in silences(story):
        if length > story.patience:
            yield began, f"the caller heard nothing for {length:.2f} s, at most {story.patience:g} s are allowed"


def silences(story: Story) -> Iterator[tuple[float, float]]:
    """How long the caller waited each time that it was the agent's turn: from when, and how long."""
    states = [(at, it["now"]) for at, it in story.told(StateChanged.name)]
    for (began, state), (until, _) in pairwise([*states, (story.ended, "")]):
        if state == State.THINKING:
            yield began, until - began
        elif state == State.SPEAKING:
            yield from line.gaps(story, began, until)


def answer(story: Story) -> Found:
    """Whoever was understood is answered before the agent listens again, unless they go on or say the same again."""
    voices = [at for at, each in story.frames(AgentSpeaking) if each.on]
    starts = [at for at, _ in story.frames(SpeechStarted)]
    listens = [at for at, it in story.told(StateChanged.name) if it["now"] == State.LISTENING and at not in starts]
    repeated = {each.turn for _, each in story.frames(TurnDropped) if each.reason == DropReason.REPEATED}
    for at, each in story.frames(Transcript):
        if each.final and each.text and each.turn not in repeated:
            until = min([when for when in (*voices, *starts, story.ended) if when >= at])
            if until - at > story.patience or any(at < when < until for when in listens):
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
    for reply in story.timeline.replies:
        again = any(each in reply.heard for each in story.introductions)
        if again and introduced:
            yield reply.ended or story.ended, f"the agent introduced itself again: {reply.heard!r}"
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
