"""The tried settings, best first, and the one to choose."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from pipeline.terminal.columns import aligned
from pipeline.terminal.paint import PLAIN, Paint
from pipeline.tools.call.table import NONE
from pipeline.tools.tune.grid import Setting
from pipeline.tools.tune.score import Score, front

SHOWN = 20  # best settings in a table


class Tried(msgspec.Struct, frozen=True):
    """A setting with its score over all calls; the first one of a tune is the config unchanged."""

    setting: Setting
    score: Score

    @property
    def values(self) -> dict[str, str]:
        """The changed values, by their addresses."""
        return dict(each.partition("=")[::2] for each in self.setting)


def best(tried: Sequence[Tried]) -> Tried:
    """Return the one to choose: fewest errors, then least delay; of equals the first, so that nothing changes idly."""
    return min(tried, key=lambda it: it.score.rank)


def render(tried: Sequence[Tried], calls: int, labels: int, paint: Paint = PLAIN) -> str:
    """Return the table for people: the `SHOWN` best settings, those on the front, and the config unchanged."""
    ahead = front([it.score for it in tried])
    order = sorted(range(len(tried)), key=lambda place: tried[place].score.rank)
    shown = [place for rank, place in enumerate(order) if rank < SHOWN or place in ahead or not tried[place].setting]
    keys = list(tried[-1].values)
    head = ("", *keys, "cut off", "missed", "false", "delay", "90 %")
    rows = aligned([head, *(_row(tried[place], keys, place in ahead) for place in shown)], (0,), paint)
    more = [f"… and {len(tried) - len(shown)} more: --json has them all"] if len(shown) < len(tried) else []
    told = f"calls: {calls}, labelled turns: {labels}, settings: {len(tried) - 1}"
    return "\n".join([f"{told}; * is beaten by none in errors and delay", "", *rows, *more, "", advice(best(tried))])


def advice(chosen: Tried) -> str:
    """Return the setting to choose, as YAML and as arguments."""
    score = chosen.score
    did = f"errors: {score.errors}, delay: {_ms(score.median)}"
    if not chosen.setting:
        return f"Leave them as they are: {did}."
    lines = [f"  {key}: {value}" for key, value in chosen.values.items()]
    arguments = " ".join(f"--set {each}" for each in chosen.setting)
    return "\n".join([f"Choose this: {did}.", "", "set:", *lines, "", arguments])


def as_data(tried: Sequence[Tried], calls: int, labels: int) -> dict[str, Any]:
    """Return the same as plain data: delays in seconds, None if no turn was ever over."""
    ahead = front([it.score for it in tried])
    settings = [{**_data(it), "front": place in ahead} for place, it in enumerate(tried)]
    return {"calls": calls, "labels": labels, "settings": settings, "choose": _data(best(tried))}


def _data(it: Tried) -> dict[str, Any]:
    score = it.score
    counts = {"cut_off": score.cut_off, "missed": score.missed, "false": score.false}
    return {"set": it.values, **counts, "delay": _finite(score.median), "p90": _finite(score.p90)}


def _finite(seconds: float) -> float | None:
    return round(seconds, 4) if math.isfinite(seconds) else None


def _row(it: Tried, keys: Sequence[str], ahead: bool) -> tuple[str, ...]:
    values = it.values
    said = [values[key] if values else "as it is" for key in keys]
    counts = (str(it.score.cut_off), str(it.score.missed), str(it.score.false))
    return ("*" if ahead else "", *said, *counts, _ms(it.score.median), _ms(it.score.p90))


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if math.isfinite(seconds) else NONE
