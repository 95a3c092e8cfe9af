"""The memory of a call that comes back from a transfer."""

from __future__ import annotations

import msgspec

from pipeline.conversation import Message
from pipeline.memory import Memory, Use
from pipeline.transfer import Destination, Handed, came_back
from pipeline.vocabulary import HandoverOutcome, UseOutcome

SALES = Destination(name="sales", number="+97231112222")


def test_the_reason_is_the_result_of_the_use_that_asked_for_it() -> None:
    """Of the last one of this tool; it is still to be told, and all else is as it was, secrets included."""
    done = UseOutcome.DONE
    uses = [
        Use(number=number, name=name, arguments="{}", turn=1, place=1, outcome=done, result="{}", told=True)
        for number, name in enumerate(("transfer", "transfer", "find"), 1)
    ]
    memory = Memory(conversation=[Message("user", "a person")], uses=uses, secrets={"pin": "4711"}, handover="sales")
    handed = Handed(destination=SALES, tool="transfer", memory=memory.encode(secrets=True))
    back = Memory.decode(came_back(handed, HandoverOutcome.BUSY))
    assert [(use.outcome, use.told) for use in back.uses] == [(done, True), (UseOutcome.FAILED, False), (done, True)]
    result = msgspec.json.decode(back.uses[1].result)
    assert (result["reached"], result["why"]) == (False, "busy") and "is back with you" in result["says"]
    assert (back.secrets, back.handover) == ({"pin": "4711"}, "")
    assert back.conversation == memory.conversation


def test_of_a_lost_call_the_use_is_made_up() -> None:
    """The name and the reason are all that is known."""
    [use] = Memory.decode(came_back(Handed(destination=SALES, tool="transfer"), HandoverOutcome.NO_ANSWER)).uses
    assert (use.number, use.name, use.arguments, use.effect) == (1, "transfer", '{"to":"sales"}', True)
    assert '"no-answer"' in use.result and not use.told
