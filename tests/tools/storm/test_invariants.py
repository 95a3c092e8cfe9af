"""The rules of a storm."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.tools.storm.invariants import RULES
from pipeline.tools.storm.player import play
from tests.kit.planted import BREAKS
from tests.kit.storm import SEEDS


@pytest.mark.parametrize("seed", SEEDS)
def test_every_rule_holds(agent: Any, seed: Any) -> None:
    """In five random calls of one agent."""
    outcome = play(agent, seed)
    assert not outcome.failed, [(call.plan.name, call.breaches) for call in outcome.calls]
    assert len(outcome.calls) == 5 and any(call.turns for call in outcome.calls)


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_every_rule_holds_with_tools(with_tools: Any, seed: Any) -> None:
    """That are slow, fail, hang, or give what is no result, for a model that asks for them in every wrong way."""
    outcome = play(with_tools, seed)
    assert not outcome.failed, [(call.plan.name, call.breaches) for call in outcome.calls]


def test_every_rule_has_a_fault_that_breaks_it() -> None:
    """So that no rule holds because it looks at nothing."""
    assert {rule.__name__ for rule in RULES} == set(BREAKS.values())
