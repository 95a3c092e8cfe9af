"""YAML text as a tree, and the faults that were found in it."""

from __future__ import annotations

from pipeline.config.findings import Findings
from pipeline.config.yaml.tree import parse


def faults(text: str) -> list[str]:
    """What is wrong with a text, each as line:column and words."""
    findings = Findings()
    parse(text, "x.yaml", findings)
    return [f"{fault.line}:{fault.column} {fault.text}" for fault in findings.faults]
