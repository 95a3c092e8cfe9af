"""Logs to diagnose."""

from __future__ import annotations

from pathlib import Path

LOGS = Path(__file__).parents[1] / "data/logs"
STAGES = dict(line.split(":", 1) for line in (LOGS / "stages.txt").read_text().splitlines())


def text(name: str) -> list[str]:
    """The lines of one of the logs."""
    return (LOGS / f"{name}.log").read_bytes().decode("utf-8", "replace").split("\n")
