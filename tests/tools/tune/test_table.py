"""The table of what was tried, and the settings that none beats."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from pipeline.tools.tune.score import Score, front
from pipeline.tools.tune.table import Tried, best
from tests.kit.tuning import kav, tune


def test_the_front_is_what_none_beats() -> None:
    """In errors and in delay; the best has the fewest errors first."""
    scores = [Score(2, 0, 0, [0.3]), Score(0, 0, 0, [0.6]), Score(1, 0, 0, [0.7]), Score(0, 0, 0, [0.5])]
    assert front(scores) == {0, 3}
    assert best([Tried((str(place),), it) for place, it in enumerate(scores)]).setting == ("3",)


def test_the_table_ends_with_what_to_write(call: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As YAML, and as arguments; without matplotlib the table comes, and a sentence says what is missing."""
    kav("label", call)
    capsys.readouterr()
    code, out, err = tune(capsys, call, "--vary", "end_of_utterance.min_silence=0.3s,0.5s")
    assert code == 0
    assert out.endswith("set:\n  end_of_utterance.min_silence: 0.5s\n\n--set end_of_utterance.min_silence=0.5s\n")
    assert "as it is" in out
    drawn = find_spec("matplotlib") is not None
    assert (call / "tune.png").exists() == drawn
    assert ("matplotlib is not installed" in err) != drawn
