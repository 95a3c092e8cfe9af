"""A storm's report, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.tools.storm.options import StormOptions
from pipeline.tools.storm.run import storm
from tests.kit.storm import CONFIG, SEEDS


def test_it_is_data_for_programs(bungling: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Each breach with its command, and what tells whether a seed is the same calls."""
    assert storm(StormOptions(config=bungling, only=SEEDS[0], changes=("pacer.lead=100ms",), as_json=True)) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["calls"] == 5 and told["breaches"][0]["rule"] == "faults" and told["broken"] == []
    assert told["breaches"][0]["again"].endswith(f"--set pacer.lead=100ms --only {SEEDS[0]}")
    assert list(told["digests"]) == [str(SEEDS[0])]


def test_what_holds_is_two_lines_of_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """How many calls, how long the caller waited, and that all held."""
    (tmp_path / "agent.yaml").write_text(CONFIG, encoding="utf-8")
    assert storm(StormOptions(config=str(tmp_path / "agent.yaml"), only=SEEDS[1])) == 0
    assert capsys.readouterr().out.endswith("all held\n")
