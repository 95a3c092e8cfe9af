"""Labels: where the caller's turns are."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.faults import ConfigError
from pipeline.tools.label import labels
from tests.kit.tuning import kav


def test_labels_that_somebody_corrected_stay(call: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is there already is not overwritten."""
    (call / "labels.yaml").write_text("turns: []\n")
    assert kav("label", call) == 2
    assert "is there already" in capsys.readouterr().err
    assert labels.load(call) == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("turns:\n  - {starts: 1s, ends: 0.5s}", "labels.yaml:2:24: `ends` is not after `starts`, 1s"),
        ("turns:\n  - {starts: 1, ends: 2s}", "labels.yaml:2:14: `starts` wants a duration"),
        ("turns:\n  - {starts: 1s, ends: 3s}\n  - {starts: 2s, ends: 4s}", "begins before the one above it has ended"),
        ("- 1", "labels.yaml:1:1: `labels` wants keys and values"),
    ],
)
def test_wrong_labels_are_faults_with_their_places(tmp_path: Path, text: str, told: str) -> None:
    """As in a config."""
    (tmp_path / "labels.yaml").write_text(text)
    with pytest.raises(ConfigError) as wrong:
        labels.load(tmp_path)
    assert told in str(wrong.value)
