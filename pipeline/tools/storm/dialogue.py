"""Invariants of the dialogue: the agent gives way, knows the words heard, and remembers those alone."""

from __future__ import annotations

from itertools import pairwise, takewhile

from pipeline.frames import AgentSpeaking, Interrupt, Transcript, TurnDropped
from pipeline.llm import Dialogue
from pipeline.text.plain_json import whole
from pipeline.tools.storm.call_log import SOON, CallLog, Found
from pipeline.tools.storm.monitor import SpokenOver
from pipeline.vocabulary import DropReason

NEAR = 0.04  # seconds by which the agent's `heard_seconds` may be off


def interruption(log: CallLog) -> Found:
    """The frame of voice that interrupts the agent is answered with a `clear` in the same tick."""
    cleared = [at for at, _ in log.messages("clear")]
    for at, it in log.told(SpokenOver.name):
        if not any(abs(when - at) < SOON for when in cleared):
            yield at, f"{it['row']} frames of voice in a row, and the agent speaks on"


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
        dropped = {each.turn for _, each in log.frames(TurnDropped) if each.reason == DropReason.REPEATED}
        given = [it.text for _, it in log.frames(Transcript) if it.final and it.text and it.turn not in dropped]
        # A reply that the call's end cut off comes after the conversation.
        said = [reply.heard for reply in log.timeline.replies if not reply.unfinished]
        for role, real in (("assistant", said), ("user", given)):
            kept = " ".join(each.text for each in lines if each.role == role)
            if kept != (wanted := whole(" ".join(filter(None, real)))):
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
