"""Random calls hold every rule, and a step with a fault in it breaks the rule that is about it, each time alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.config import load
from pipeline.tools.storm.invariants import RULES
from pipeline.tools.storm.plan import plans
from pipeline.tools.storm.player import play
from tests.kit.planted import BREAKS, Forgetful, planted
from tests.kit.storm import CONFIG, SEEDS


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path: Path = tmp_path_factory.mktemp("storm") / "agent.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return load(path)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_rule_holds(agent: Any, seed: Any) -> None:
    """In five random calls of one agent."""
    outcome = play(agent, seed)
    assert not outcome.failed, [(call.plan.name, call.breaches) for call in outcome.calls]
    assert len(outcome.calls) == 5 and any(call.turns for call in outcome.calls)


def test_a_seed_is_the_same_calls(agent: Any) -> None:
    """Every event, in the same order at the same moment; another seed is others."""
    one, again, other = play(agent, SEEDS[0]), play(agent, SEEDS[0]), play(agent, SEEDS[1])
    assert one == again
    assert one.digest != other.digest
    assert plans(SEEDS[0]) == plans(SEEDS[0]) != plans(SEEDS[1])


def broken(agent: Any, kind: Any) -> tuple[Any, list[Any]]:
    """What a step with a fault in it breaks, in the first seed in which it breaks what it is there for."""
    for seed in SEEDS:
        outcome = play(planted(agent, kind), seed)
        found = [each for call in outcome.calls for each in call.breaches]
        if BREAKS[kind] in {each.rule for each in found}:
            return seed, found
    pytest.fail(f"nobody noticed {kind.__name__}")


@pytest.mark.parametrize("kind", BREAKS, ids=lambda kind: kind.__name__)
def test_a_planted_fault_is_found(agent: Any, kind: Any) -> None:
    """By its rule, and its seed alone finds it again."""
    seed, found = broken(agent, kind)
    again = play(planted(agent, kind), seed)
    assert [each for call in again.calls for each in call.breaches] == found


def test_what_is_left_in_the_loop_is_found(agent: Any) -> None:
    """Even if it belongs to no call."""
    assert "left behind" in play(planted(agent, Forgetful), SEEDS[0]).trouble


def test_every_rule_has_a_fault_that_breaks_it() -> None:
    """So that no rule holds because it looks at nothing."""
    assert {rule.__name__ for rule in RULES} == set(BREAKS.values())
