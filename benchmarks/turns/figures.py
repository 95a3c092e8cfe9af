"""The figures of a row, made of those of its scenes; shares are per cent, times seconds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from benchmarks.turns.scenes import Figures


def quantile(values: Iterable[float], part: float) -> float | None:
    """Return the value below which this part of the values lies; None of none."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, math.ceil(part * len(ordered)) - 1)], 3) if ordered else None


def share(of: Sequence[object], among: int | None = None) -> float | None:
    """Return the per cent of the values that are true, or of a number of scenes; None of none."""
    count = len(of) if among is None else among
    return round(100 * sum(map(bool, of)) / count, 1) if count else None


def kept(scenes: Sequence[Figures]) -> Figures:
    """Sum up scenes in which the agent should speak on: given up, heard whole, pauses, stops a minute."""
    spoken = [it for it in scenes if it["answered"]]
    minutes = sum(it["seconds"] for it in spoken) / 60
    pauses = [it["pause"] for it in spoken if it["whole"] and "pause" in it]
    return {
        "n": len(scenes),
        "stopped": share([it["stops"] or it["lost"] for it in spoken]),
        "given_up": share([it["lost"] for it in spoken]),
        "whole": sum(it["whole"] for it in spoken),
        "pause_p50": quantile(pauses, 0.5),
        "pause_p95": quantile(pauses, 0.95),
        "stops_a_minute": _stops(spoken, minutes),
        "unanswered": len(scenes) - len(spoken),
        "stopped_by": sorted({it["label"] for it in spoken if it["label"] and (it["stops"] or it["lost"])}),
    }


def _stops(spoken: Sequence[Figures], minutes: float) -> float | None:
    found = sum(max(it["stops"], int(it["lost"])) for it in spoken)
    return round(found / minutes, 1) if minutes else None


def stopped(scenes: Sequence[Figures]) -> Figures:
    """Sum up interruptions: the share that stopped the agent, and how soon it was silent."""
    silent = [it["silent"] for it in scenes if it.get("silent") is not None]
    return {
        "n": len(scenes),
        "stopped": share([it.get("stopped") for it in scenes]),
        "silent_p50": quantile(silent, 0.5),
        "silent_p95": quantile(silent, 0.95),
        "drowned": sum(not it.get("over") for it in scenes),
    }


def lost(scenes: Sequence[Figures]) -> Figures:
    """Sum up short answers: the share that got no reply."""
    return {"n": len(scenes), "lost": share([not it["answered"] for it in scenes])}


def taken(scenes: Sequence[Figures]) -> Figures:
    """Sum up sounds that are no answers: the share that got a reply."""
    return {"n": len(scenes), "taken": share([it["answered"] for it in scenes])}


def turns(scenes: Sequence[Figures]) -> Figures:
    """Sum up sentences: talk-ins, the time until the agent is audible, and those never answered, by language, too."""
    said = [turn for scene in scenes for turn in scene["turns"]]
    whole = _turns(said)
    languages = sorted({turn["lang"] for turn in said})
    return {**whole, "languages": {each: _turns([it for it in said if it["lang"] == each]) for each in languages}}


def _turns(said: Sequence[Figures]) -> Figures:
    delays = [it["delay"] for it in said if it["delay"] is not None]
    return {
        "n": len(said),
        "talk_ins": share([it["into"] for it in said]),
        "audible_p50": quantile(delays, 0.5),
        "audible_p95": quantile(delays, 0.95),
        "never": share([not it["answered"] for it in said]),
    }


def decisions(scenes: Sequence[Figures]) -> Figures:
    """Sum up the decisions that a sentence is over: pauses and sentences cut, and the mean delay, by language, too."""
    said = [turn for scene in scenes for turn in scene["turns"]]
    languages = sorted({turn["lang"] for turn in said})
    return {**_decisions(said), "languages": {it: _decisions([t for t in said if t["lang"] == it]) for it in languages}}


def _decisions(said: Sequence[Figures]) -> Figures:
    pauses = [cut for it in said for cut in it["pauses"]]
    delays = [it["delay"] for it in said if it["delay"] is not None]
    return {
        "n": len(said),
        "pauses": len(pauses),
        "pauses_cut": share(pauses),
        "turns_cut": share([it["into"] for it in said]),
        "delay_mean": round(sum(delays) / len(delays), 3) if delays else None,
    }


def at_delay(points: Sequence[tuple[float, float]], delay: float) -> float | None:
    """Return the per cent cut at a mean delay, between the measured points (delay, cut); None outside them."""
    return _between(sorted(points), delay)


def at_cut(points: Sequence[tuple[float, float]], cut: float) -> float | None:
    """Return the mean delay at a per cent cut, between the measured points (delay, cut); None outside them."""
    return _between(sorted((cut, delay) for delay, cut in points), cut)


def _between(points: Sequence[tuple[float, float]], at: float) -> float | None:
    for (one, low), (other, high) in pairwise(points):
        if one <= at <= other:
            part = (at - one) / (other - one) if other > one else 0.0
            return round(low + part * (high - low), 3)
    return None
