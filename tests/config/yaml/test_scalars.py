"""What plain text, durations and spans mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.yaml.scalars import core, seconds, span


@pytest.mark.fault("A4")
@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("yes", "yes"),
        ("012", 12),
        ("0o14", 12),
        ("0x0C", 12),
        ("12:30", "12:30"),
        ("12:30:00", "12:30:00"),
        ("1_000", "1_000"),
        ("2001-01-01", "2001-01-01"),
        ("true", True),
        ("False", False),
        ("tRUE", "tRUE"),
        ("~", None),
        ("", None),
        ("-1", -1),
        ("+1", 1),
        ("1.", 1.0),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("-.inf", float("-inf")),
        ("1.2.3", "1.2.3"),
        ("=", "="),
    ],
)
def test_plain_text_means_what_yaml_1_2_says(text: str, meaning: object) -> None:
    """None of YAML 1.1's traps: countries, switches, leading zeros, times and dates stay what they look like."""
    assert core(text) == meaning
    assert type(core(text)) is type(meaning)


@pytest.mark.fault("A4")
@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("300ms", 0.3),
        ("0.48s", 0.48),
        ("2min", 120),
        ("1h", 3600),
        (".5 s", 0.5),
        ("3", None),
        ("3m", None),
        ("s", None),
    ],
)
def test_a_duration_has_a_unit(text: str, amount: float | None) -> None:
    """Milliseconds, seconds, minutes and hours; a number alone is none."""
    assert seconds(text) == amount


@given(st.integers(0, 10_000_000).map(lambda ms: ms / 1000))
def test_a_span_reads_back(amount: float) -> None:
    """What a message writes for a duration is a duration that a config may have."""
    back = seconds(span(amount))
    assert back is not None
    assert abs(back - amount) <= amount * 1e-5
