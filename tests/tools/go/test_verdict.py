"""The verdicts of the GO test, as lines."""

from __future__ import annotations

import pytest

from pipeline.terminal.paint import PLAIN, Paint
from pipeline.tools.go.verdict import Trouble, Verdict


@pytest.mark.parametrize(
    ("verdict", "colour", "word"),
    [
        (Verdict(step=1, name="speaks"), 32, "pass"),
        (Verdict(step=2, name="speaks", troubles=(Trouble("silent", "look"),)), 31, "FAIL"),
        (Verdict(step=3, name="speaks", unjudged=("no ear",)), 33, "not judged"),
    ],
)
def test_a_verdict_has_its_colour_on_a_terminal(verdict: Verdict, colour: int, word: str) -> None:
    """Its columns stay where they are without."""
    assert f"\x1b[{colour}m{word:<10}\x1b[0m" in verdict.painted(Paint(colours=True))
    assert str(verdict) == verdict.painted(PLAIN)
    assert str(verdict).split("\n")[0] == f"{verdict.step}  speaks            {word:<10}".rstrip()
