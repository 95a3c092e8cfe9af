"""The settings that are tried."""

from __future__ import annotations

import pytest

from pipeline.faults import UsageError
from pipeline.tools.tune.grid import grid, varied


@pytest.mark.parametrize(
    ("asked", "values"),
    [
        ("vad.rms=120..400", ["120", "190", "260", "330", "400"]),
        ("vad.rms=120..400/100", ["120", "220", "320"]),
        ("a.b=0.3s..0.8s", ["0.3s", "0.425s", "0.55s", "0.675s", "0.8s"]),
        ("a.b=100..300ms/100ms", ["100ms", "200ms", "300ms"]),
        ("a.b=0.3s,0.48s,0.3s", ["0.3s", "0.48s"]),
        ("a.b=true,false", ["true", "false"]),
    ],
)
def test_what_is_varied(asked: str, values: list[str]) -> None:
    """A range has five values or those of its step, a list its own, each once."""
    assert [each.partition("=")[2] for each in varied(asked)] == values


@pytest.mark.parametrize(
    "asked", ["vad.rms", "vad.rms=", "=1", "a.b=1..", "a.b=3..1", "a.b=1..2/0", "a.b=1s..500ms", "a.b=1,"]
)
def test_what_cannot_be_varied_is_said(asked: str) -> None:
    """And how it is written."""
    with pytest.raises(UsageError, match="--vary "):
        varied(asked)


def test_a_grid_has_a_largest_size() -> None:
    """Which is told, with the grid's."""
    with pytest.raises(UsageError, match="101 × 11 = 1111 settings"):
        grid(["a.b=0..100/1", "c.d=0..10/1"])
