"""Invariants of the answers: each question gets one, in time, and a caller only their own."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.asr import WAITING
from pipeline.events import FirstAudio, StateChanged
from pipeline.frames import (
    AgentSpeaking,
    AudioOut,
    HeldUtterance,
    ReplyText,
    SpeechStarted,
    SpeechStopped,
    Transcript,
    TurnDropped,
    Utterance,
)
from pipeline.tools.storm import wire_checks
from pipeline.tools.storm.call_log import CallLog, Found
from pipeline.vocabulary import State

SILENCE = 2.0  # seconds that a caller may hear nothing in the agent's turn


def silence(log: CallLog) -> Found:
    """In the agent's turn the caller hears something at least every two seconds, from their own last voice on.

    While a tool is at work the rule `company` holds in its place.
    """
    for began, length in silences(log):
        if length > SILENCE and not log.is_at_work(began, began + length):
            yield began, f"the caller heard nothing for {length:.2f} s, at most {SILENCE:g} s are allowed"


def silences(log: CallLog) -> Iterator[tuple[float, float]]:
    """Yield the caller's waits in the agent's turns: the start and the length of each, in seconds."""
    before = [(at, each.silence) for at, each in log.frames(SpeechStopped)]
    began = None
    for at, state in [*((at, it["now"]) for at, it in log.told(StateChanged.name)), (log.ended, State.ENDED)]:
        if state in (State.THINKING, State.SPEAKING) and began is None:
            quiet = [silence for when, silence in before if when == at]
            began = at - (quiet[-1] if quiet and state == State.THINKING else 0.0)
        elif state in (State.LISTENING, State.ENDED) and began is not None:
            yield from wire_checks.gaps(log, began, at)
            began = None


def listening(log: CallLog) -> Iterator[tuple[float, float]]:
    """Yield the times in which the agent listens: start and end, in seconds."""
    began: float | None = 0.0
    for at, it in log.told(StateChanged.name):
        if began is not None and it["now"] != State.LISTENING:
            yield began, at
        began = at if it["now"] == State.LISTENING else None
    if began is not None:
        yield began, log.ended


def answer(log: CallLog) -> Found:
    """Words understood are answered before the agent listens again, unless the caller goes on or repeats them."""
    voices = [at for at, each in log.frames(AgentSpeaking) if each.on]
    voices += [at for at, _ in log.told(FirstAudio.name)]  # behind a filler the agent speaks already
    starts = [at for at, _ in log.frames(SpeechStarted)]
    listens = [at for at, it in log.told(StateChanged.name) if it["now"] == State.LISTENING and at not in starts]
    for at, each in log.frames(Transcript):
        if each.final and each.text and each.turn not in log.ignored:
            until = min([when for when in (*voices, *starts, log.ended) if when >= at])
            if until - at > log.patience or any(at < when < until for when in listens):
                yield at, f"turn {each.turn} was understood, and not answered for {until - at:.2f} s"


def question(log: CallLog) -> Found:
    """One question gets one reply: nothing is added to one that has ended."""
    over: set[int] = set()
    for at, what, it in log.events:
        if what in ("ReplyText", "ReplyEnded") and it["step"] != "IntroFilter":  # it sends the same reply on, and later
            turn = it["frame"].turn
            if turn in over:
                yield at, f"more of the reply of turn {turn}, which was over: {it['frame']}"
            over |= {turn} if what == "ReplyEnded" else set()


def turns(log: CallLog) -> Found:
    """Every utterance gets final words or is dropped, and final words come in the order of their turns."""
    heard, last = {each.turn: at for at, each in log.frames(Utterance, HeldUtterance)}, -1
    for at, each in log.frames(Transcript, TurnDropped):
        if isinstance(each, TurnDropped) or each.final:
            heard.pop(each.turn, None)
        if isinstance(each, Transcript) and each.final and each.turn not in log.ignored:
            if each.turn <= last:
                yield at, f"turn {each.turn} came to words after turn {last}"
            last = each.turn
    for turn, at in heard.items():
        if log.ended - at > log.patience and log.chain.turn - turn < WAITING:
            yield at, f"turn {turn} never came to anything"


def introduction(log: CallLog) -> Found:
    """The agent introduces itself once a call."""
    introduced = False
    for reply in log.timeline.replies:
        again = any(each in reply.heard for each in log.introductions)
        if again and introduced:
            yield reply.ended or log.ended, f"the agent introduced itself again: {reply.heard!r}"
        introduced = introduced or again


def greeting(log: CallLog) -> Found:
    """The greeting comes once at most, and not after the caller has spoken."""
    spoke, greeted = set[int](), False
    for at, what, it in log.events:
        if what in ("SpeechStarted", "TurnDropped"):
            spoke = spoke | {it["frame"].turn} if what == "SpeechStarted" else spoke - {it["frame"].turn}
        if what == "ReplyText" and it.get("step") == "Greeting":
            if spoke or greeted:
                yield at, "the greeting came " + ("twice" if greeted else "after the caller had spoken")
            greeted = True


def crosstalk(log: CallLog) -> Found:
    """A caller hears nothing that was meant for another."""
    for at, each in log.frames(ReplyText, AudioOut):
        others = [name for name in log.others if name in each.text]
        if others:
            yield at, f"{log.call.caller} was to hear what was said for {others[0]}: {each.text!r}"
