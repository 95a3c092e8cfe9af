"""`run.py storm`: what it prints of a fault, and how its seed finds it again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.faults import ConfigError, UsageError
from pipeline.tools.storm.options import StormOptions
from pipeline.tools.storm.run import storm
from tests.kit.storm import SEEDS


def test_a_fault_is_shown_with_the_command_that_finds_it_again(
    bungling: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its call, moment and rule, what happened around it; its seed alone gives the same, in any process."""
    assert storm(StormOptions(config=bungling, calls=5, seed=1)) == 1
    told = capsys.readouterr().out
    head, rule, _, again, around, *_ = told.split("\n")
    assert head.startswith(f"✗ {SEEDS[0]}/") and "faults: ZeroDivisionError in Bungler" in head
    assert rule.strip() == "No step fails, except when its provider does, and the one that is there to fail."
    assert again.strip() == f"python run.py storm {bungling} --only {SEEDS[0]}" and around.strip() == "around it:"
    assert storm(StormOptions(config=bungling, only=SEEDS[0])) == 1
    assert capsys.readouterr().out.split("\n")[:-5] == told.split("\n")[:-5]


def test_wrong_use_is_refused(tmp_path: Path) -> None:
    """No calls are no storm, and a config has to be there."""
    with pytest.raises(UsageError):
        storm(StormOptions(config="configs/demo.yaml", calls=0))
    with pytest.raises(ConfigError):
        storm(StormOptions(config=str(tmp_path / "none.yaml")))
