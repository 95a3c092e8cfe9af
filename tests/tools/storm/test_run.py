"""`run.py storm`: what it prints of a fault, and how its seed finds it again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.faults import ConfigError, UsageError
from pipeline.tools.storm.options import StormOptions
from pipeline.tools.storm.run import storm
from tests.kit.storm import CONFIG, SEEDS

BUNGLER = '''\
from pipeline.frames import Transcript
from pipeline.processor import Processor, on


class Bungler(Processor):
    """Divides by nothing."""

    @on(Transcript)
    def divide(self, frame):
        self.push(frame)
        frame.turn // (0 if frame.final else 1)
'''


@pytest.fixture
def bungling(tmp_path: Path) -> str:
    (tmp_path / "bungler.py").write_text(BUNGLER, encoding="utf-8")
    path = tmp_path / "agent.yaml"
    text = CONFIG.replace("  - llm.script", "  - bungler\n  - llm.script")
    path.write_text(f"plugins: [bungler.py]\n{text}", encoding="utf-8")
    return str(path)


def test_a_fault_is_shown_with_the_command_that_finds_it_again(
    bungling: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its call, moment and rule, what happened around it; its seed alone gives the same, in any process."""
    assert storm(StormOptions(config=bungling, calls=5, seed=1)) == 1
    told = capsys.readouterr().out
    head, rule, _, again, around, *_ = told.split("\n")
    assert head.startswith(f"✗ {SEEDS[0]}/") and "faults: ZeroDivisionError in Bungler" in head
    assert rule.strip() == "No step fails, except when its provider does."
    assert again.strip() == f"python run.py storm {bungling} --only {SEEDS[0]}" and around.strip() == "around it:"
    assert storm(StormOptions(config=bungling, only=SEEDS[0])) == 1
    assert capsys.readouterr().out.split("\n")[:-5] == told.split("\n")[:-5]


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


def test_wrong_use_is_refused(tmp_path: Path) -> None:
    """No calls are no storm, and a config has to be there."""
    with pytest.raises(UsageError):
        storm(StormOptions(config="configs/demo.yaml", calls=0))
    with pytest.raises(ConfigError):
        storm(StormOptions(config=str(tmp_path / "none.yaml")))
