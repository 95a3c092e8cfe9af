"""The calls of a seed."""

from __future__ import annotations

from typing import Any

from pipeline.tools.storm.plan import plans
from pipeline.tools.storm.player import play
from tests.kit.storm import SEEDS


def test_a_seed_is_the_same_calls(agent: Any) -> None:
    """Every event, in the same order at the same moment; another seed is others."""
    one, again, other = play(agent, SEEDS[0]), play(agent, SEEDS[0]), play(agent, SEEDS[1])
    assert one == again
    assert one.digest != other.digest
    assert plans(SEEDS[0]) == plans(SEEDS[0]) != plans(SEEDS[1])
