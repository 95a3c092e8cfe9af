"""The memory of a call: its conversation, the uses of its tools, and the facts that were collected in it.

It is one struct with one encoding, so that a call which returns from a transfer, a replay and the work after the call
all begin from the same. It belongs to the call, not to a reply: a reply dies when the caller makes a sound.
"""

from __future__ import annotations

from typing import Any

import msgspec

from pipeline.conversation import Message
from pipeline.vocabulary import UseOutcome

MOST = 64 * 1024  # bytes of an encoded memory


class Use(msgspec.Struct, kw_only=True):
    """One use of a tool; it belongs to the call, whatever becomes of the reply in which it was asked for."""

    number: int  # in the call, from 1; a provider's ids are made of it, so that a replay has the same
    name: str  # of the tool
    arguments: str  # JSON with sorted keys, as checked; as the model wrote them if they were refused
    turn: int  # in which it was asked for
    place: int  # messages of the conversation before it; once it has its outcome, before that
    effect: bool = False  # it changes the world
    began: float | None = None  # call time in seconds; None: not yet, or never
    outcome: UseOutcome | None = None  # None: under way
    result: str = ""  # JSON that the model is told, bounded
    told: bool = False  # a reply that knew the result was heard, or the result is of no interest any more


class Memory(msgspec.Struct, kw_only=True):
    """All that a call knows; of `secrets`, such as typed identity numbers, an encoding has the names alone."""

    conversation: list[Message] = []
    uses: list[Use] = []
    facts: dict[str, Any] = {}  # collected by tools, by name: JSON values
    rights: list[str] = []  # granted by tools' successes, for tools that need them
    secrets: dict[str, str] = {}
    handover: str = ""  # the name to which the call is being transferred; blank: none
    handovers: int = 0  # transfers so far

    def encode(self, *, secrets: bool = False) -> bytes:
        """Return the memory as JSON of at most 64 kB (MOST); the oldest lines are left out first.

        With `secrets` it has their values, too: such JSON may not leave the processes of a server.
        """
        shown = self if secrets else msgspec.structs.replace(self, secrets=dict.fromkeys(self.secrets, ""))
        data = msgspec.json.encode(shown)
        while len(data) > MOST and (shown.conversation or shown.uses):
            shown = _shorter(shown)
            data = msgspec.json.encode(shown)
        return data

    @classmethod
    def decode(cls, data: bytes) -> Memory:
        """Return the memory that `encode` wrote; raises msgspec.DecodeError for anything else."""
        return msgspec.json.decode(data, type=cls)


def _shorter(memory: Memory) -> Memory:
    """Return a memory without the older half of its conversation and the uses in it."""
    cut = (len(memory.conversation) + 1) // 2 or 1
    uses = [msgspec.structs.replace(use, place=use.place - cut) for use in memory.uses if use.place >= cut]
    if not memory.conversation:
        uses = memory.uses[1:]
    return msgspec.structs.replace(memory, conversation=memory.conversation[cut:], uses=uses)
