"""Scores of settings."""

from __future__ import annotations

import pytest

from pipeline.records.timeline import Turn
from pipeline.tools.label.labels import Label
from pipeline.tools.tune.score import Score


def turn(started: float, ended: float, decided: float, **more: object) -> Turn:
    return Turn(1, started, ended, decided, **more)  # type: ignore[arg-type]


def test_a_score_counts_what_went_wrong() -> None:
    """Cut off is a turn that was over too soon, missed a label without one, false a turn or a stop without a label."""
    said = [Label(starts=1.0, ends=3.0), Label(starts=5.0, ends=6.0), Label(starts=8.0, ends=9.0)]
    score = Score()
    found = [turn(1.0, 2.0, 2.5), turn(2.6, 3.0, 3.5), turn(5.0, 6.1, 6.4), turn(10.0, 10.5, 11.0)]
    found += [turn(12.0, 12.1, 12.2, dropped="short"), turn(13.0, 13.1, 13.2, dropped="short", heard="How")]
    score.add(said, found)
    assert (score.cut_off, score.missed, score.false) == (1, 1, 2)
    assert score.delays == pytest.approx([0.5, 0.4])
