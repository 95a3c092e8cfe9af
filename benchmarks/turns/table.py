"""The results of the battery as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from benchmarks.turns import aims, figures
from benchmarks.turns.rows import ROWS, SWEEP, Row
from benchmarks.turns.scenes import Figures
from pipeline.terminal.columns import aligned

NONE = "–"
KEPT = ("n", "stopped", "given_up", "whole", "pause_p50", "pause_p95", "stops_a_minute", "silent_p50", "silent_p95")
HEADS = {
    "n": "scenes", "stopped": "stopped %", "given_up": "given up %", "whole": "whole", "pause_p50": "pause p50",
    "pause_p95": "p95", "stops_a_minute": "stops/min", "silent_p50": "silent p50", "silent_p95": "p95",
    "lost": "lost %", "taken": "answered %", "talk_ins": "talk-ins %", "audible_p50": "audible p50",
    "audible_p95": "p95", "never": "never %", "pauses": "pauses", "pauses_cut": "cut %", "turns_cut": "turns cut %",
    "delay_mean": "mean delay",
}  # fmt: skip
DECIDED = ("pauses", "pauses_cut", "turns_cut", "delay_mean")


class Report(msgspec.Struct, frozen=True):
    """All results: `about` the run, the figures of each row, the rows left out and why, and those of peers."""

    about: dict[str, Any]
    rows: dict[str, Figures]
    left_out: dict[str, str]
    peers: dict[str, Figures]

    @property
    def aims(self) -> list[dict[str, Any]]:
        """The aims, each with its measured figure."""
        return aims.judged(self.rows)


def curve(rows: Mapping[str, Figures]) -> Figures:
    """Return the figures of the curve of decisions: the per cent cut at a mean delay, and the delay at a per cent."""
    swept = [rows[name] for name in (f"sweep {value}" for value in SWEEP[1]) if name in rows]
    points = [(it["delay_mean"], it["pauses_cut"]) for it in swept if None not in (it["delay_mean"], it["pauses_cut"])]
    return {
        "points": points,
        "cut_at_480ms": figures.at_delay(points, 0.48),
        "delay_at_5": figures.at_cut(points, 5.0),
        "delay_at_10": figures.at_cut(points, 10.0),
    }


def as_json(report: Report) -> str:
    """Return the report as JSON, keys in a fixed order."""
    data = {**msgspec.structs.asdict(report), "aims": report.aims}
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode()


def as_text(report: Report) -> str:
    """Return the report as tables."""
    parts = [_about(report.about), *_speaking(report), *_answers(report), *_turns(report), *_decisions(report)]
    parts += [*_peers(report), *_left_out(report), *_aims(report)]
    return "\n\n".join(parts)


def _about(about: Mapping[str, Any]) -> str:
    changes = "".join(f", {change}" for change in about["changes"])
    held = ", ".join(f"{count} {kind}" for kind, count in about["clips"].items())
    sample = "all clips" if about["all"] else "a sample of the clips"
    return f"{about['config']}{changes}, {about['vad']}\n{held}: {sample}"


def _rows(report: Report, section: str) -> Iterator[tuple[Row, Figures]]:
    return ((row, report.rows[row.name]) for row in ROWS if row.section == section and row.name in report.rows)


def _table(head: str, fields: Sequence[str], body: Sequence[tuple[str, Figures]]) -> str:
    cells = [[head, *(HEADS[field] for field in fields)]]
    cells += [[title, *(_cell(each.get(field)) for field in fields)] for title, each in body]
    return "\n".join(aligned(cells, {0}))


def _cell(value: object) -> str:
    if value is None:
        return NONE
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _speaking(report: Report) -> Iterator[str]:
    body = [(row.title, _of(each)) for row, each in _rows(report, "speaking")]
    if body:
        yield _table("while the agent speaks", KEPT, body)
    for title, each in body:
        if each.get("stopped_by"):
            yield f"{title} that stopped it: {', '.join(each['stopped_by'])}"


def _of(each: Figures) -> Figures:
    """Return a row's figures with `whole` beside the number of scenes."""
    return {**each, "whole": f"{each['whole']}/{each['n'] - each['unanswered']}"} if "whole" in each else each


def _answers(report: Report) -> Iterator[str]:
    body = [(row.title, each) for row, each in _rows(report, "answers")]
    if body:
        yield _table("short sounds in the silence", ("n", "lost", "taken"), body)


def _turns(report: Report) -> Iterator[str]:
    body: list[tuple[str, Figures]] = []
    for row in ("turns", "quiet-46", "quiet-50"):
        body += _with_languages(report, row, row == "turns")
    if body:
        yield _table("sentences", ("n", "talk_ins", "audible_p50", "audible_p95", "never"), body)


def _with_languages(report: Report, name: str, languages: bool) -> Iterator[tuple[str, Figures]]:
    for row in ROWS:
        if row.name == name and name in report.rows:
            yield row.title, report.rows[name]
            if languages:
                yield from ((f"  {it}", each) for it, each in report.rows[name]["languages"].items())


def _decisions(report: Report) -> Iterator[str]:
    body = [*_with_languages(report, "decisions", True), *_with_languages(report, "decisions-46", False)]
    for row in ROWS:
        body += _with_languages(report, row.name, False) if row.name.startswith("sweep ") else ()
    if body:
        yield _table("decisions, with providers that take no time", DECIDED, body)
    found = report.rows.get("curve")
    if found and found["points"]:
        said = [f"cut at 480 ms mean delay: {_cell(found['cut_at_480ms'])} %"]
        said += [f"mean delay at {cut} % cut: {_cell(found[f'delay_at_{cut}'])} s" for cut in (5, 10)]
        yield "; ".join(said)


def _peers(report: Report) -> Iterator[str]:
    for name, each in report.peers.items():
        if "missing" in each:
            yield f"{name}: left out: {each['missing']}"
            continue
        spoken = [(title, it) for title, it in each["rows"].items() if "stopped" in it]
        decided = [(title, it) for title, it in each["rows"].items() if "pauses_cut" in it]
        versions = ", ".join(f"{package} {version}" for package, version in each["version"].items())
        if spoken:
            head = f"{name}: while the agent speaks"
            yield f"{versions}\n{_table(head, ('n', 'stopped', 'silent_p50', 'silent_p95'), spoken)}"
        if decided:
            yield _table(f"{name}: decisions", DECIDED, decided)


def _left_out(report: Report) -> Iterator[str]:
    if report.left_out:
        yield "\n".join(["left out:", *(f"  {name}: {why}" for name, why in report.left_out.items())])


def _aims(report: Report) -> Iterator[str]:
    if not report.aims:
        return
    rows = [["aim", "measured", "wanted", ""]]
    for aim in report.aims:
        wanted = f"{'at least' if aim['least'] else 'at most'} {aim['limit']:g} {aim['unit']}".strip()
        measured = f"{_cell(aim['measured'])} {aim['unit']}".strip()
        rows.append([aim["aim"], measured, wanted, "met" if aim["met"] else "missed"])
    yield "\n".join(aligned(rows, {0, 3}))
