"""Bounds of numbers and texts."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.findings import Findings
from pipeline.config.reading import Reader
from pipeline.config.values import BROKEN
from pipeline.config.yaml.nodes import Scalar
from pipeline.faults import Place
from pipeline.tools.configtest.bounds import read_bound, read_text


def bound(text: Any, unit: Any) -> Any:
    findings: Any = Findings()
    made = read_bound(Scalar(at=Place("x", 1, 1), text=text), Reader(findings, {}, None), "x", unit)
    assert (made is BROKEN) == bool(findings.faults)
    return made


@given(st.sampled_from(["<", "<=", ">", ">=", "="]), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_bound_holds_as_python_says(sign: str, amount: int, value: int) -> None:
    """Whatever it compares."""
    made = bound(f"{sign} {amount}", "count")
    assert made.holds(value) == eval(f"value {sign.replace('=', '==') if sign == '=' else sign} amount")


@given(st.text(max_size=12), st.sampled_from(["seconds", "count", "number"]))
def test_no_text_breaks_the_reading_of_bounds(text: str, unit: str) -> None:
    """It is a bound or a fault."""
    bound(text, unit)


@given(st.text(max_size=20))
def test_no_text_breaks_the_reading_of_texts(text: str) -> None:
    """It is itself, a pattern, or a fault."""
    findings = Findings()
    made = read_text(Scalar(at=Place("x", 1, 1), text=text, plain=False), Reader(findings, {}, None), "x")
    assert (made is BROKEN) == bool(findings.faults)
    assert made is BROKEN or made.how == "fits" or made.holds(text)
