"""The stand-ins of a config's tools."""

from __future__ import annotations

from typing import Any

from pipeline.tools.storm.plan import seeds
from pipeline.tools.storm.player import play, with_storm_providers
from pipeline.tools.storm.tools import StormTool


def test_each_tool_has_a_stand_in_of_its_name_arguments_and_settings(with_tools: Any) -> None:
    """Which is an effect, or ends the agent's part, if the tool does."""
    ours = [tool for item in with_tools.tools for tool in item.tools()]
    others = [tool for item in with_storm_providers(with_tools, 1).tools for tool in item.tools()]
    assert all(isinstance(tool, StormTool) for tool in others)
    for one, other in zip(ours, others, strict=True):
        assert (one.name, one.about, one.settings) == (other.name, other.about, other.settings)
        assert one.arguments.schema() == other.arguments.schema()
        assert (one.is_effect, one.ends, one.asks) == (other.is_effect, other.ends, other.asks)


def test_a_seed_with_tools_is_the_same_calls(with_tools: Any) -> None:
    """Every event, and each use with its outcome."""
    seed = seeds(1, 5)[0]
    assert play(with_tools, seed) == play(with_tools, seed)
