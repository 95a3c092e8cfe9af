"""Random calls hold every rule, and a step with a fault in it breaks the rule that is about it, each time alike."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.tools.storm.player import play
from tests.kit.planted import BREAKS, Forgetful, planted
from tests.kit.planted_uses import USES
from tests.kit.storm import MORE, SEEDS


def broken(agent: Any, kind: Any) -> tuple[Any, list[Any]]:
    """What a step with a fault in it breaks, in the first seed in which it breaks what it is there for."""
    for seed in MORE:
        outcome = play(planted(agent, kind), seed)
        found = [each for call in outcome.calls for each in call.breaches]
        if BREAKS[kind] in {each.rule for each in found}:
            return seed, found
    pytest.fail(f"nobody noticed {kind.__name__}")


@pytest.mark.parametrize("kind", BREAKS, ids=lambda kind: kind.__name__)
def test_a_planted_fault_is_found(agent: Any, with_tools: Any, kind: Any) -> None:
    """By its rule, and its seed alone finds it again."""
    agent = with_tools if kind in USES else agent
    seed, found = broken(agent, kind)
    again = play(planted(agent, kind), seed)
    assert [each for call in again.calls for each in call.breaches] == found


def test_what_is_left_in_the_loop_is_found(agent: Any) -> None:
    """Even if it belongs to no call."""
    assert "left behind" in play(planted(agent, Forgetful), SEEDS[0]).trouble
