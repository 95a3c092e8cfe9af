"""What holds in every call, whatever the caller does, the network loses and the providers make of it.

Each rule is a function whose name is the rule's and whose docstring says it; it yields what broke it, when and how.
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.tools.storm import dialogue, lifecycle, line, waiting
from pipeline.tools.storm.story import Breach, Found, Story

Rule = Callable[[Story], Found]

RULES: tuple[Rule, ...] = (
    waiting.silence,
    waiting.answer,
    waiting.question,
    waiting.turns,
    waiting.introduction,
    waiting.greeting,
    waiting.crosstalk,
    dialogue.interruption,
    dialogue.heard,
    dialogue.memory,
    dialogue.alternation,
    line.void,
    line.marks,
    line.pace,
    lifecycle.states,
    lifecycle.end,
    lifecycle.leftovers,
    lifecycle.faults,
    lifecycle.refused,
    lifecycle.bounded,
)


def judge(story: Story) -> list[Breach]:
    """Everything that did not hold in a call, in the order of the rules."""
    return [Breach(rule.__name__, at, text) for rule in RULES for at, text in rule(story)]
