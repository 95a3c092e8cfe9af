"""The transfer of a caller to a person: its destination, and the call's memory for the stream after the return."""

from __future__ import annotations

import msgspec

from pipeline.memory import Memory, Use
from pipeline.vocabulary import HandoverOutcome, UseOutcome

CONNECTING = "connecting"  # the phrase that is said before a transfer, and names nobody
REHEARSED = "+10000000000"  # rung in the place of a person's number where nothing may be done; no telephone has it


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """A person to whom callers can be transferred."""

    name: str  # by which the model knows them; a number is never told to it
    number: str
    ring: float = 20.0  # seconds
    accept: bool = True  # they hear a briefing, and have to press a key: a mailbox never gets the caller


class Handed(msgspec.Struct, frozen=True, kw_only=True):
    """A call that was handed over, from its stream to the server; it stays within the server's processes."""

    destination: Destination
    tool: str  # the name of the tool that asked for it
    brief: str = ""  # told to the person before they take the call
    sound: bytes = b""  # the briefing in the agent's voice, a WAV file; blank: Twilio says its words
    memory: bytes = b""  # the call's, encoded with its secrets


def came_back(handed: Handed, outcome: HandoverOutcome) -> bytes:
    """Return the encoded memory of a call that comes back: the result of the tool's last use is the outcome."""
    memory = Memory.decode(handed.memory) if handed.memory else Memory()
    use = next((each for each in reversed(memory.uses) if each.name == handed.tool), None)
    if use is None:
        use = Use(
            number=len(memory.uses) + 1,
            name=handed.tool,
            arguments=msgspec.json.encode({"to": handed.destination.name}).decode(),
            turn=0,
            place=len(memory.conversation),
            effect=True,
        )
        memory.uses.append(use)
    told = "The caller is back with you: tell them so, and offer something else."
    result = {"reached": False, "why": outcome, "says": f"{outcome.says} {told}"}
    use.outcome, use.result, use.told = UseOutcome.FAILED, msgspec.json.encode(result).decode(), False
    memory.handover = ""
    return memory.encode(secrets=True)
