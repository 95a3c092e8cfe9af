"""The invariants of a call, under any caller, network and providers.

Each rule is a function with the rule's name and a docstring that states it; it yields the breaches and their times.
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.tools.storm import dialogue, lifecycle, response_times, uses, wire_checks
from pipeline.tools.storm.call_log import Breach, CallLog, Found

Rule = Callable[[CallLog], Found]

RULES: tuple[Rule, ...] = (
    response_times.silence,
    response_times.answer,
    response_times.question,
    response_times.turns,
    response_times.introduction,
    response_times.greeting,
    response_times.crosstalk,
    dialogue.interruption,
    dialogue.whole,
    dialogue.heard,
    dialogue.memory,
    dialogue.alternation,
    wire_checks.void,
    wire_checks.marks,
    wire_checks.pace,
    lifecycle.states,
    lifecycle.end,
    lifecycle.leftovers,
    lifecycle.faults,
    lifecycle.refused,
    lifecycle.bounded,
    uses.sure,
    uses.once,
    uses.settled,
    uses.owed,
    uses.pairs,
    uses.company,
    uses.secrets,
)


def judge(log: CallLog) -> list[Breach]:
    """Return the breaches of a call, in the order of the rules."""
    return [Breach(rule.__name__, at, text) for rule in RULES for at, text in rule(log)]
