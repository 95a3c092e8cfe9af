"""Invariants of the dialogue: the agent gives way, knows the words heard, and remembers those alone."""

from __future__ import annotations

from itertools import pairwise, takewhile

from pipeline.audio import FRAME_SECONDS
from pipeline.events import ModelExchange, ReplyResumed
from pipeline.frames import (
    AgentSpeaking,
    Interrupt,
    ReplyEnded,
    ReplyText,
    SpeechHeld,
    SpeechStarted,
    Transcript,
    TurnDropped,
)
from pipeline.llm import Dialogue
from pipeline.llm.answering import HOLE
from pipeline.text import normalise
from pipeline.text.plain_json import whole as encodable
from pipeline.text.sentences import after
from pipeline.tools.storm.call_log import SOON, CallLog, Found
from pipeline.tools.storm.monitor import SpokenOver

NEAR = 0.04  # seconds by which the agent's `heard_seconds` may be off


def interruption(log: CallLog) -> Found:
    """At the voice that may interrupt the agent it sends no more sound: until it is quiet, or for good by `clear`."""
    cleared = [at for at, _ in log.messages("clear")]
    sound = [at for at, _ in log.messages("media")]
    for at, it in log.told(SpokenOver.name):
        # Voice from before the reply may count anew from its beginning.
        anew = at + (it["row"] - 1) * FRAME_SECONDS + SOON
        since, until = next((pause for pause in log.pauses if pause[0] <= anew and at <= pause[1] + SOON), (at, None))
        if log.typed_over(at) or (until is None and any(abs(when - at) < SOON for when in cleared)):
            continue
        if until is None or any(since + SOON < when < until - SOON for when in sound):
            yield at, f"{it['row']} frames of voice in a row, and the agent speaks on"


def whole(log: CallLog) -> Found:
    """A reply that was begun, and not interrupted by words, goes on where it was cut off, and so does its model."""
    words = [at for at, it in log.frames(Transcript) if it.final and normalise(it.text)]
    others = _of_others(log)
    for reply in log.timeline.barge_ins:
        cut = reply.ended
        assert cut is not None
        until = _came_to_nothing(log, cut)
        if until is None or any(cut <= at <= until + SOON for at in words):
            continue
        # A step that ends the call, as too many replies were cut off, speaks in the place of the dialogue.
        if any(turn == reply.turn or cut <= at <= until + SOON for at, turn in others):
            continue
        later = " ".join(each.text for at, each in log.frames(ReplyText) if cut <= at <= until + SOON)
        missed = [piece for piece in after(list(reply.pieces), reply.heard) if piece not in log.delays]
        if lost := [piece for piece in missed if piece not in later]:
            yield cut, f"noise cut off {lost[0]!r}, which was never said"
        elif _is_broken_off(log, reply.turn, cut, until):
            yield cut, "noise broke off an answer that was being made"


def _came_to_nothing(log: CallLog, since: float) -> float | None:
    """Return the time, at or after this one, at which no turn of the caller's is open any more; None if there is none.

    A turn is open from its first voice until its words have come or it is dropped, which may be after later turns have
    begun. Voice that is held is no turn yet, and the turns before it wait for its outcome.
    """
    turns: set[int] = set()
    begun = False  # the turn that interrupted; the one before it may end in the same tick
    for at, it in log.frames(SpeechStarted, SpeechHeld, Transcript, TurnDropped):
        if isinstance(it, SpeechStarted | SpeechHeld):
            turns.add(it.turn)
            begun = begun or (at >= since and isinstance(it, SpeechStarted))
        elif isinstance(it, TurnDropped) or it.final:
            turns.discard(it.turn)
            if begun and not turns:
                return at
    return None


def _of_others(log: CallLog) -> list[tuple[float, int]]:
    """Return the time and the turn of each piece of a reply that a step above the dialogue has made, such as `idle`."""
    first = next((place for place, step in enumerate(log.chain.steps) if isinstance(step, Dialogue)), 0)
    told = [(at, it["frame"].turn, it["place"]) for at, it in log.told(ReplyText.__name__)]
    return [(at, turn) for at, turn, place in told if place is not None and place < first]


def _is_begun(log: CallLog, turn: int, cut: float) -> bool:
    """True if the answer to a turn was begun by a time; before its words were final, it was a guess."""
    settled = any(each.turn == turn and each.final for at, each in log.frames(Transcript) if at <= cut)
    return settled or any(each["turn"] == turn for at, each in log.told(ReplyResumed.name) if at <= cut)


def _is_broken_off(log: CallLog, turn: int, cut: float, until: float) -> bool:
    """True if a reply that was still made at `cut` is over at `until`, and its model was not listened to meanwhile."""
    ends = [(at, each.turn) for at, each in log.frames(ReplyEnded) if at <= until + SOON]
    if any(of == turn and at <= cut for at, of in ends) or not _is_begun(log, turn, cut):
        return False
    told = [(at, it) for at, it in log.told(ModelExchange.name) if at <= until + SOON]
    asked = [it for at, it in told if at <= cut][-1:]
    over = any(at >= until for at, _ in ends) or not any(at >= until for at, _ in log.told(ReplyResumed.name))
    heard = [it for at, it in told if at > cut] or [it for it in asked if it.keys() & {"ended", "error"}]
    silent = until - max((at for at, _ in told), default=until) > HOLE  # the model itself broke off, by its time limit
    return bool(asked) and over and not heard and not silent


def heard(log: CallLog) -> Found:
    """The words taken for heard are the beginning of the reply, and their length was played, within 40 ms."""
    for reply in log.timeline.replies:
        if reply.ended is None or reply.heard_seconds is None:
            continue
        played = log.played(reply.started, reply.ended)
        if not played - log.late_marks - NEAR <= reply.heard_seconds <= played + NEAR:
            yield reply.ended, f"{reply.heard_seconds:.2f} s are taken for heard, the caller heard {played:.2f} s"
        if not log.spoken(reply.turn, reply.ended).startswith(reply.heard):
            yield reply.ended, f"{reply.heard!r} is taken for heard, and was not said"


def memory(log: CallLog) -> Found:
    """The model's history has the caller's words and the agent's words heard, in turn, and no others."""
    for dialogue in (step for step in log.chain.steps if isinstance(step, Dialogue)):
        lines = dialogue.history
        if any(one.role == other.role for one, other in pairwise(lines)):
            yield log.ended, "two lines of the conversation in a row are of the same side"
        given = [it.text for _, it in log.frames(Transcript) if it.final and it.text and it.turn not in log.ignored]
        # A reply that the call's end cut off comes after the conversation.
        said = [reply.heard for reply in log.timeline.replies if not reply.unfinished]
        for role, real in (("assistant", said), ("user", given)):
            kept = " ".join(each.text for each in lines if each.role == role)
            if kept != (wanted := encodable(" ".join(filter(None, real)))):
                same = takewhile(lambda pair: pair[0] == pair[1], zip(kept, wanted, strict=False))
                at = max(0, len(list(same)) - 20)
                yield log.ended, f"of the {role}'s words {kept[at:][:80]!r} are remembered, not {wanted[at:][:80]!r}"


def alternation(log: CallLog) -> Found:
    """The agent's voice begins, then ends or is interrupted, then begins again."""
    speaks = False
    for at, each in log.frames(AgentSpeaking, Interrupt):
        begins = isinstance(each, AgentSpeaking) and each.on
        if begins == speaks:
            yield at, f"the agent's voice {'began' if begins else 'ended'} twice in a row"
        speaks = begins
