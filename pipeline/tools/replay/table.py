"""Print a replay: the recorded turns beside the replayed ones, the log's differences, the totals."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from pipeline.faults import clipped, printable
from pipeline.records.reader import Event, Recording
from pipeline.records.timeline import Turn
from pipeline.terminal.columns import aligned
from pipeline.terminal.paint import GREEN, PLAIN, RED, Paint
from pipeline.tools.call.table import NONE
from pipeline.tools.replay.comparison import Totals, paired
from pipeline.tools.replay.event_kinds import is_own
from pipeline.tools.replay.player import Replayed

ARROW = " → "
HEAD = ("turn", "starts", "ends", "words", "interrupts after", "gap")
SHOWN: tuple[Callable[[Turn], str], ...] = (
    lambda it: f"{it.started:.2f} s",
    lambda it: f"{it.ended:.2f} s",
    lambda it: (
        f"({it.dropped})" if it.dropped else NONE if it.text is None else clipped(printable(it.text), 40) or '""'
    ),
    lambda it: NONE if it.heard is None else clipped(printable(it.heard), 30) or '""',
    lambda it: NONE if it.gap is None else f"{it.gap * 1000:.0f} ms",
)
GUESSES = 5  # shown


def render(
    recording: Recording, was: Sequence[Turn], now: Sequence[Turn], replayed: Replayed, paint: Paint = PLAIN
) -> str:
    """Return the table of a call's turns, and sentences on where the replay differs and guesses."""
    rows: list[tuple[str, ...]] = [HEAD, *(_row(number, *pair) for number, pair in enumerate(paired(was, now), 1))]
    parts = [*aligned(rows, (3, 4), paint), ""]
    if recording.cut:
        parts.append(f"The record breaks off at {recording.seconds:.1f} s; so does the replay.")
    if replayed.same:
        parts.append(sameness(recording, replayed))
    elif replayed.live:
        parts.append("The providers were asked: what differs may be their doing, not the config's.")
    elif replayed.astray is not None:
        parts.append(f"From {replayed.astray.at:.2f} s on it is another call ({replayed.astray.what}).")
    for guess in replayed.guesses[:GUESSES]:
        parts.append(f"A guess from {guess.at:.2f} s on, turn {guess.turn}: {printable(guess.why)}")
    if len(replayed.guesses) > GUESSES:
        parts.append(f"… and {len(replayed.guesses) - GUESSES} more that the recording does not have.")
    return "\n".join(parts)


def sameness(recording: Recording, replayed: Replayed) -> str:
    """Return a sentence on the greatest distance of a replay's events from their recorded moments."""
    pairs = list(zip(filter(is_own, recording.events), filter(is_own, replayed.events), strict=True))
    apart, event = max(((abs(one.at - other.at), one) for one, other in pairs), key=lambda it: it[0])
    told = f", at most {apart * 1000:.0f} ms apart ({event.what} at {event.at:.2f} s)" if apart >= 0.0005 else ""
    return f"The same call: {len(pairs)} events in the same order{told}."


def log_diff(was: Sequence[str], now: Sequence[str], paint: Paint = PLAIN) -> str:
    """Return the log lines that differ, with `-` before those of the first log and `+` before those of the second."""
    lines = difflib.unified_diff(was, now, lineterm="", n=0)
    shown = (line for line in lines if not line.startswith(("---", "+++", "@@")))
    return "\n".join(paint(printable(line), RED if line.startswith("-") else GREEN) for line in shown)


def totals(calls: int, failed: int, was: Totals, now: Totals, paint: Paint = PLAIN) -> str:
    """Return the table of the figures of many calls, after the number of those that could not be replayed."""
    rows: list[tuple[str, ...]] = [("", "was", "would be")]
    names = {
        "turns": "turns",
        "false_barge_ins": "false barge-ins",
        "cut_off": "cut-off turns",
        "missed": "missed turns",
    }
    rows += [(text, str(getattr(was, name)), str(getattr(now, name))) for name, text in names.items()]
    rows.append(("median gap", *(NONE if it.gap is None else f"{it.gap * 1000:.0f} ms" for it in (was, now))))
    head = f"{calls} call{'' if calls == 1 else 's'}{f', without {failed} that cannot be replayed' if failed else ''}"
    return "\n".join([head, *aligned(rows, (0,), paint)])


def as_data(recording: Recording, was: Sequence[Turn], now: Sequence[Turn], replayed: Replayed) -> dict[str, Any]:
    """Return the comparison of one call as data; times in seconds."""
    return {
        "call_sid": recording.about.call_sid,
        "folder": str(recording.folder),
        "cut": recording.cut,
        "same": replayed.same,
        "live": replayed.live,
        "astray": _event(replayed.astray),
        "guesses": replayed.guesses,
        "turns": [{"was": _turn(one), "would_be": _turn(other)} for one, other in paired(was, now)],
    }


def totals_data(it: Totals) -> dict[str, Any]:
    """Return the figures of many calls as data; the median gap in seconds."""
    counts = {name: value for name, value in msgspec.structs.asdict(it).items() if name != "gaps"}
    return {**counts, "median_gap": it.gap}


def _event(event: Event | None) -> dict[str, Any] | None:
    return None if event is None else {"at": event.at, "what": event.what}


def _turn(turn: Turn | None) -> dict[str, Any] | None:
    if turn is None:
        return None
    shown = ("started", "ended", "decided", "text", "dropped", "heard", "gap")
    values = {name: getattr(turn, name) for name in shown}
    return {name: round(it, 4) if isinstance(it, float) else it for name, it in values.items()}


def _row(number: int, was: Turn | None, now: Turn | None) -> tuple[str, ...]:
    return (str(number), *(_cell(show, was, now) for show in SHOWN))


def _cell(show: Callable[[Turn], str], was: Turn | None, now: Turn | None) -> str:
    one, other = (NONE if turn is None else show(turn) for turn in (was, now))
    return one if one == other else one + ARROW + other
