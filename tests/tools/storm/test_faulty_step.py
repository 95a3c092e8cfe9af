"""A step that fails at random changes nothing but the faults that are counted."""

from __future__ import annotations

from typing import Any

from pipeline.tools.storm.faulty_step import FaultyStep, with_faulty_step
from pipeline.tools.storm.player import play


def test_the_calls_of_a_failing_step_hold_every_rule(agent: Any) -> None:
    """With errors of any class, at any place of the chain; the same seed puts it at the same one."""
    seeds = [seed for seed in range(30) if len(with_faulty_step(agent.steps, seed)) > len(agent.steps)]
    assert 5 <= len(seeds) <= 15
    assert with_faulty_step(agent.steps, seeds[0]) == with_faulty_step(agent.steps, seeds[0])
    outcomes = [play(agent, seed) for seed in seeds[:3]]
    assert not any(outcome.failed for outcome in outcomes)
    assert all(outcome.digest == play(agent, seed).digest for outcome, seed in zip(outcomes, seeds, strict=False))


def test_most_seeds_have_no_failing_step(agent: Any) -> None:
    """Their chain is the config's."""
    without = [seed for seed in range(60) if with_faulty_step(agent.steps, seed) == agent.steps]
    assert len(without) > 30
    assert not any(step.kind is FaultyStep for seed in without for step in with_faulty_step(agent.steps, seed))
