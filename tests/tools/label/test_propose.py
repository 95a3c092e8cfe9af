"""`label`: the caller's turns, proposed from the sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.tools.label import labels
from tests.kit.tuning import kav


def test_labels_are_proposed_from_the_sound(call: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two turns that the agent took apart are one again, with their words, and the times are the caller's."""
    assert kav("label", call) == 0
    assert "labels.yaml: proposed turns: 2, in doubt: 0" in capsys.readouterr().out
    one, other = labels.load(call)
    assert (one.starts, one.ends) == (pytest.approx(1.0, abs=0.03), pytest.approx(3.2, abs=0.03))
    assert one.words == "I am looking for an apartment"
    assert (other.starts, other.ends) == (pytest.approx(7.0, abs=0.03), pytest.approx(7.6, abs=0.03))
    assert "# sure: " in (call / "labels.yaml").read_text()
