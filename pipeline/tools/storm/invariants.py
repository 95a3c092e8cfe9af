"""What holds in every call, whatever the caller does, the network loses and the providers make of it.

Each rule is a function whose name is the rule's and whose docstring says it; it yields what broke it, when and how.
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.tools.storm import dialogue, lifecycle, response_times, wire_checks
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
)


def judge(log: CallLog) -> list[Breach]:
    """Everything that did not hold in a call, in the order of the rules."""
    return [Breach(rule.__name__, at, text) for rule in RULES for at, text in rule(log)]
