"""The facts and figures of a call, and the commands that go on from its page."""

from __future__ import annotations

import math
import shlex
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime

from pipeline.installation import command
from pipeline.records.files import from_here
from pipeline.tools.report.markup import ms, text
from pipeline.tools.report.record import CallRecord
from pipeline.tools.report.summary import CallSummary

COMMANDS = (
    ("replay {}", "the same call again, from its record"),
    ("tune {} --vary end_of_utterance.min_silence=0.3s..0.8s", "how a setting would have changed it"),
    ("diagnose agent.log", "which part failed, from the server’s log"),
)


def facts(record: CallRecord, summary: CallSummary, config_now: str = "") -> str:
    """Return the facts as a list of terms; `config_now` is a sentence on the config's file as it is now."""
    known = _origin(record, summary, config_now) | _figures(record, summary)
    rows = (f"<div><dt>{name}</dt><dd><bdi>{text(value)}</bdi></dd></div>" for name, value in known.items() if value)
    return f"<dl>{''.join(rows)}</dl>"


def commands(record: CallRecord) -> str:
    """Return the commands that take the call's record, as a list to copy from."""
    path = shlex.quote(str(from_here(record.folder.resolve())))
    rows = (
        f'<li><code>{text(command(each.format(path)))}</code> <button type="button" class="copy" hidden="">copy'
        f'</button> <span class="soft">{why}</span></li>'
        for each, why in COMMANDS
    )
    return f'<ul class="commands">{"".join(rows)}</ul>'


def _origin(record: CallRecord, summary: CallSummary, config_now: str) -> dict[str, str]:
    about = {name: str(value) for name, value in record.about.items() if value is not None}
    return {
        "caller": about.get("caller", ""),
        "called": about.get("called", ""),
        "began": _moment(about.get("began", "")),
        "config": about.get("config", ""),
        "language": about.get("language", ""),
        "config hash": "; ".join(filter(None, (about.get("hash", ""), config_now))),
        "stream": summary.stream_sid,
    }


def _figures(record: CallRecord, summary: CallSummary) -> dict[str, str]:
    gaps, silent = sorted(summary.gaps), sorted(summary.silent_after)
    return {
        "length": f"{record.seconds:.1f} s",
        "ended by": summary.cause or "unknown: the record breaks off",
        "turns": str(summary.utterances),
        "replies": str(len(summary.replies)),
        "barge-ins": str(len(summary.barge_ins)),
        "median time to fall silent": ms(statistics.median(silent)) if silent else "",
        "p95 time to fall silent": ms(_p95(silent)) if silent else "",
        "pauses for a voice": _holds(summary),
        "interruptions by the agent": str(len(summary.cut_ins)),
        "talk-ins": str(len(summary.talk_ins)),
        "median response gap": ms(statistics.median(gaps)) if gaps else "",
        "p95 response gap": ms(_p95(gaps)) if gaps else "",
        "longest response gap": ms(gaps[-1]) if gaps else "",
        "echo of the line": _echo(*summary.echo) if summary.echo else "",
        "faults": str(len(summary.faults)),
    }


def _holds(summary: CallSummary) -> str:
    """Return the agent's pauses in words; empty if there was none."""
    holds = summary.holds
    if not (holds.all or holds.nods or holds.resumed):
        return ""
    gone_on, nods, resumed = len(holds.gone_on), len(holds.nods), len(holds.resumed)
    return f"{len(holds.all)}, gone on {gone_on}, nods {nods}, replies resumed {resumed}"


def _echo(lag: float, level: float) -> str:
    return f"{ms(lag)} late, {round(level)} dB".replace("-", "\u2212")


def _p95(ordered: Sequence[float]) -> float:
    """Return the least value that 95 of 100 do not exceed (nearest rank)."""
    return ordered[math.ceil(0.95 * len(ordered)) - 1]


def _moment(began: str) -> str:
    """Return a time for the reader; one in another form as it is."""
    try:
        return f"{datetime.fromisoformat(began).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError):
        return began
