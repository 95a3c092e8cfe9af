"""The drawings and the map of docs/architecture.md, and docs/faults.md: `python -m docs.drawings` makes them."""

from __future__ import annotations

from pathlib import Path

from docs.drawings import fault_table, rooms
from docs.drawings.journeys import journeys
from docs.drawings.picture import svg
from docs.drawings.trace import ROOT
from pipeline import frames


def files() -> dict[Path, str]:
    """Return each file that is made from the code, with its text as the code has it now."""
    controls = frozenset(name for name, it in vars(frames).items() if _is_control(it))
    drawn = {ROOT / f"docs/architecture/{each.name}.svg": svg(each, controls) for each in journeys()}
    return {**drawn, rooms.PAGE: rooms.page(), fault_table.PAGE: fault_table.page()}


def _is_control(it: object) -> bool:
    return isinstance(it, type) and issubclass(it, frames.Control)
