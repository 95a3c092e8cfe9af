"""Draw the trade-off of a tune: errors against the callers' median delay."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.faults import KavError
from pipeline.tools.tune.score import front
from pipeline.tools.tune.table import Tried, best


def draw(tried: Sequence[Tried], to: Path) -> bool:
    """Write the picture as PNG; return False without matplotlib. Raises KavError if it cannot be written."""
    try:
        from matplotlib.figure import Figure  # the extra `tune`
    except ImportError:
        return False
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    axes.set_xlabel("median delay until the turn was found to be over (ms)")
    axes.set_ylabel("turns cut off, missed or false")
    _fill(axes, [it for it in tried if math.isfinite(it.score.median)])
    try:
        figure.savefig(to, format="png", dpi=120)
    except OSError as error:
        raise KavError(f"{to}: cannot be written: {error.strerror or error}") from None
    return True


def _fill(axes: Any, seen: Sequence[Tried]) -> None:
    if not seen:
        return
    ahead = sorted((seen[place] for place in front([it.score for it in seen])), key=lambda it: it.score.median)
    chosen = best(seen)
    told, ring = "\n".join(chosen.setting), {"facecolors": "none", "edgecolors": "tab:green", "linewidths": 2}
    axes.scatter(*_points(seen), s=28, alpha=0.5, color="tab:gray", label="settings")
    axes.plot(*_points(ahead), marker="o", color="tab:blue", label="beaten by none")
    axes.scatter(*_points([it for it in seen if not it.setting]), s=90, marker="s", color="tab:red", label="as it is")
    axes.scatter(*_points([chosen]), s=240, label=told or "the one to choose", **ring)
    axes.set_ylim(-0.5, max(_points(seen)[1]) + 1)
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.legend()


def _points(some: Sequence[Tried]) -> tuple[list[float], list[int]]:
    return [it.score.median * 1000 for it in some], [it.score.errors for it in some]
