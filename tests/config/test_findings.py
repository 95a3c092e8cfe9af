"""Faults that are gathered while a config is read."""

from __future__ import annotations

from pipeline.config.findings import Findings
from pipeline.faults import (
    Fault,
    FaultFound,
    Place,
)


def test_a_refusal_becomes_a_fault_where_it_is_caught() -> None:
    """Whoever refuses says where; whoever collects goes on."""
    findings = Findings()
    with findings.noting():
        raise FaultFound(Place("x", 3, 4, 5), "no", "yes")
    assert findings.faults == [Fault("x", 3, 4, "no", "yes", 5)]
