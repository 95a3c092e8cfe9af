"""`calls`: list recorded calls, filtered, as a table or as JSON."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from pipeline.config.yaml.scalars import seconds
from pipeline.faults import UsageError, clipped, printable
from pipeline.records.listing import CallState, ListedCall, listed
from pipeline.records.numbers import is_number, same_number
from pipeline.records.selection import selected
from pipeline.terminal.columns import aligned
from pipeline.terminal.paint import GREEN, RED, Paint, paint_on
from pipeline.terminal.progress import progress
from pipeline.tools.call.table import NONE
from pipeline.tools.calls.options import CallsOptions

HEAD = ("when", "number", "seconds", "ended", "turns", "gap", "faults", "call")
NEVER = datetime.min.replace(tzinfo=UTC)


def show(options: CallsOptions) -> int:
    """Print the calls that the options mean; return the exit code, 1 if there are none. Raises KavError."""
    found = chosen(options)
    if options.as_json:
        print(msgspec.json.encode([as_data(each) for each in found]).decode())
    elif found:
        paint = paint_on(sys.stdout)
        print("\n".join(aligned([HEAD, *map(_row, found)], (0, 1, 3, 6, 7), paint)))
        print(_total(found, paint))
    else:
        print("no call is like that")
    return 0 if found else 1


def chosen(options: CallsOptions) -> list[ListedCall]:
    """Return the calls that the options mean, the newest last. Raises KavError, UsageError for a wrong filter."""
    start = since(options.since, datetime.now().astimezone()) if options.since is not None else NEVER
    if options.number is not None and not is_number(options.number):
        raise UsageError(f"--number {clipped(options.number)}: is no telephone number")
    if options.last < 0:
        raise UsageError(f"--last {options.last}: wants a number of calls")
    folders = selected(options.calls)
    found = list[ListedCall]()
    with progress(len(folders), "calls") as bar:
        for folder in folders:
            found.append(listed(folder))
            bar.advance()
    found = [each for each in found if (each.began or NEVER) >= start and _is_meant(each, options)]
    found.sort(key=lambda it: (it.began or NEVER, it.folder))
    return found[-options.last :] if options.last > 0 else found


def since(text: str, now: datetime) -> datetime:
    """Return the time that `2h`, `3d`, `today`, `yesterday`, `2026-11-22`, `2026-11-22 22:15` or `22:15` stands for.

    Days begin at midnight where `now` is. Raises UsageError.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if text in ("today", "yesterday"):
        return midnight - timedelta(days=text == "yesterday")
    if (ago := seconds(text)) is not None:
        try:
            return now - timedelta(seconds=ago)
        except OverflowError:  # before the calendar's first day
            return NEVER
    for written in (text, f"{midnight:%Y-%m-%d} {text}"):
        try:
            when = datetime.fromisoformat(written)
        except ValueError:
            continue
        return when if when.tzinfo is not None else when.replace(tzinfo=now.tzinfo)
    raise UsageError(f"--since {clipped(text)}: wants 2h, 3d, today, yesterday, 2026-11-22 or 22:15")


def as_data(call: ListedCall) -> dict[str, Any]:
    """Return a call as plain data: times in seconds, `gap` the median response gap; its words are left out."""
    about, figures = call.about, msgspec.structs.asdict(call.summary)
    del figures["words"]
    return {
        "folder": str(call.folder),
        "call_sid": about.call_sid,
        "began": call.began,
        "caller": about.caller,
        "called": about.called,
        "config": about.config,
        "state": call.state,
        "problem": call.problem,
        **figures,
    }


def _is_meant(call: ListedCall, options: CallsOptions) -> bool:
    if options.faulty and not call.is_faulty:
        return False
    numbers = (call.about.caller, call.about.called)
    return options.number is None or any(same_number(options.number, each) for each in numbers)


def _row(call: ListedCall) -> tuple[str, ...]:
    summary = call.summary
    when = f"{call.began.astimezone():%Y-%m-%d %H:%M:%S}" if call.began is not None else NONE
    ended = {CallState.ENDED: summary.cause, CallState.CUT: f"{summary.cause} (cut)".strip()}
    return (
        when,
        clipped(printable(call.about.caller), 20) or NONE,
        f"{summary.seconds:.1f}",
        clipped(printable(ended.get(call.state, call.state)), 24),
        str(summary.turns),
        NONE if summary.gap is None else f"{summary.gap * 1000:.0f} ms",
        _faults(call),
        printable(str(call.folder)),
    )


def _faults(call: ListedCall) -> str:
    if call.problem:
        return clipped(printable(call.problem), 60)
    return ", ".join(f"{name} {count}" for name, count in call.summary.faults.items()) or NONE


def _total(found: list[ListedCall], paint: Paint) -> str:
    faulty = sum(each.is_faulty for each in found)
    minutes = sum(each.summary.seconds for each in found) / 60
    verdict = paint(f"faulty: {faulty}", RED if faulty else GREEN)
    return f"\ncalls: {len(found)}, {verdict}, minutes: {minutes:.1f}"
