"""The comparison for people and for programs, and the way to use and to prove the learned weights."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.installation import command
from pipeline.terminal.columns import aligned
from pipeline.terminal.paint import PLAIN, Paint
from pipeline.tools.learn.comparison import DRAWS, Comparison, Row
from pipeline.tools.learn.policy import Outcome

STEP = "end_of_utterance"


def render(told: Comparison, heading: str, paint: Paint = PLAIN) -> str:
    """Return the tables and the verdict."""
    head = ("", "AUC", f"cut at {_ms(told.at.delay)}", f"delay at {_percent(told.at.cut)} cut")
    scores = aligned([head, *map(_row, told.rows)], (0,), paint)
    weights = "learned weights" if told.is_better else "the weights in use"
    then = (f"with {weights} and their patience, calls left out", *_outcome(told.then))
    rows = [("", "cut", "mean delay"), ("as it is", *_outcome(told.now)), then]
    return "\n".join([heading, "", *scores, "", *aligned(rows, (0,), paint), "", verdict(told)])


def verdict(told: Comparison) -> str:
    """Return the verdict in a few sentences."""
    share = f"better on calls left out in {told.sure:.0%} of {DRAWS} redraws of the calls"
    if told.is_better:
        slow = "" if told.helps else " Fewer pauses are not cut at today's delay, though: try another `min_silence`."
        return f"The learned weights are better than those in use: {share}.{slow}"
    nothing = "nothing to gain by them, and nothing is written"
    return f"The learned weights are no better than those in use: {nothing}. They are {share}."


def advice(told: Comparison, out: Path, calls: Sequence[str]) -> str:
    """Return the YAML that uses the result, and the commands that prove it on the same calls; empty without a gain."""
    if not told.is_better and not told.helps:
        return ""
    asked = shlex.join(calls)
    yaml = ", ".join(f"{name}: {value}" for name, value in settings(told, out).items())
    shown = settings(told, out.absolute())  # a path in a setting is beside the config, which a record has a copy of
    changes = [shlex.quote(f"{STEP}.{name}={value}") for name, value in shown.items()]
    lines = [
        "Use this in the config:",
        "",
        f"  - {STEP}: {{{yaml}}}",
        "",
        "See what it does to the same calls, turn by turn, and against labels that you have corrected:",
        "",
        "  " + command(f"replay {asked} " + " ".join(f"--set {it}" for it in changes)),
        "  " + command(f"label {asked}"),
        "  " + command(f"tune {asked} " + " ".join(f"--vary {it}" for it in changes)),
    ]
    return "\n".join(lines)


def settings(told: Comparison, out: Path) -> dict[str, str]:
    """Return the settings of `end_of_utterance` to choose; the file of weights only if those are better."""
    weights = {"weights": str(out)} if told.is_better else {}
    return (
        {"prosody": "true"} | weights | {"soon": _ms(told.bounds.soon, ""), "patience": _ms(told.bounds.patience, "")}
    )


def as_data(told: Comparison) -> dict[str, Any]:
    """Return the same as plain data: delays in seconds, shares from 0 to 1."""
    return {
        "at": {"delay": told.at.delay, "cut": round(told.at.cut, 4)},
        "scores": [_data(each) for each in told.rows],
        "as_it_is": {"cut": told.now.cut, "delay": told.now.delay},
        "left_out": {"cut": told.then.cut, "delay": told.then.delay},
        "soon": told.bounds.soon,
        "patience": told.bounds.patience,
        "features": list(told.learned.features),
        "sure": round(told.sure, 3),
        "better": told.is_better,
        "helps": told.helps,
    }


def _data(row: Row) -> dict[str, Any]:
    return {"name": row.name, "auc": round(row.auc, 4), "cut": round(row.cut, 4), "delay": round(row.delay, 4)}


def _row(row: Row) -> tuple[str, ...]:
    return row.name, f"{row.auc:.2f}", _percent(row.cut), _ms(row.delay)


def _outcome(told: Outcome) -> tuple[str, str]:
    return _percent(told.cut), _ms(told.delay)


def _percent(share: float) -> str:
    return f"{share:.1%}".replace("%", " %")


def _ms(seconds: float, space: str = " ") -> str:
    return f"{seconds * 1000:.0f}{space}ms"
