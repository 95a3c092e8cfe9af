"""The figures in `docs/performance.md`: all between its two marks is made anew from a file of results."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.bench import verdict
from benchmarks.bench.plan import KAV, OWN
from benchmarks.bench.results import Results
from benchmarks.bench.verdict import Row
from pipeline.faults import KavError

BEGIN, END = "<!-- figures: made by `python -m benchmarks report` -->", "<!-- end of figures -->"
CHARTS = {
    "cores": "Cores per call",
    "response": "Response, net of the configured silence",
    "barge-in": "Third voiced frame → `clear`",
    "memory": "Memory per call",
}
HEAD = (
    "calls",
    "cores/call",
    "kB/call",
    "response p50",
    "p99",
    "barge-in p50",
    "p99",
    "late p99",
    "underruns",
    "lag p95",
    "",
)


class NoPlace(KavError):
    """The page has no place for the figures."""


def write(page: Path, results: Results) -> None:
    """Put the figures into the page; raises NoPlace, and leaves it as it is, if it lacks the two marks."""
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise NoPlace(f"{page} has to hold these two lines, one after the other: {BEGIN} {END}")
    page.write_text(f"{before}{BEGIN}\n\n{render(results, page.stem)}\n\n{END}{after}", encoding="utf-8")


def render(results: Results, folder: str) -> str:
    """All figures as Markdown; the charts are in this folder beside the page."""
    found = verdict.rows(results.runs)
    servers = list(dict.fromkeys(row.server for row in found))
    alike = [name for name in servers if name not in OWN]  # those of the same work
    charts = [f"![{title.replace('`', '')}]({folder}/{name}.png)" for name, title in CHARTS.items()]
    parts = [
        _about(results),
        f"**{verdict.summary(results.runs)}**",
        *results.about.missing,
        "### Where they stand",
        table(("", "knee: calls on one core", *(f"of {name}'s" for name in alike)), _knees(found, servers, alike)),
        *(part for name in servers for part in (f"### {_title(name)}", _figures(found, name))),
        *(part for name in alike if name != KAV for part in _compared(found, name)),
        *charts,
    ]
    return "\n\n".join(parts)


def table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """A Markdown table; all but the first column are numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: float) -> str:
    """Three significant digits, as people write them; nothing is a dash."""
    if math.isnan(value):
        return "–"
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 or not value else f"{value:.4f}"


def _about(results: Results) -> str:
    about = results.about
    versions = ", ".join(f"{name} {version}" for name, version in about.setup.versions.items())
    return f"{about.began}, `{about.command}`. {about.setup.machine}. {versions}."


def _title(server: str) -> str:
    return server[0].upper() + server[1:]


def _knees(found: Sequence[Row], servers: Sequence[str], alike: Sequence[str]) -> list[Sequence[str]]:
    knees = {name: verdict.knee(found, name) for name in servers}

    def ratios(name: str) -> list[str]:
        return [_times(verdict.ratio(knees[name], knees[other]) if name in alike else None) for other in alike]

    return [(_title(name), str(knees[name]), *ratios(name)) for name in servers]


def _figures(found: Sequence[Row], server: str) -> str:
    rows = [
        (
            str(row.calls),
            f"{row.cores / row.calls:.5f}",
            number(max(0.0, row.memory)),
            *map(number, (row.response, row.response_late, row.barge_in, row.barge_in_late, row.lateness)),
            str(row.underruns),
            number(row.lag),
            _note(row),
        )
        for row in found
        if row.server == server
    ]
    return table(HEAD, rows)


def _note(row: Row) -> str:
    said = ["within its limit" if row.holds else "past its limit"]
    said += [f"{row.broken} failures"] if row.broken else []
    said += [f"not to be believed: {row.doubt}"] if row.doubt else []
    return "; ".join(said)


def _compared(found: Sequence[Row], peer: str) -> list[str]:
    """How many times what Kav takes the peer takes, under the loads that both were measured with."""
    pairs = {row.calls: [row] for row in found if row.server == KAV}
    for row in found:
        if row.server == peer and row.calls in pairs:
            pairs[row.calls].append(row)
    head = ("calls", "cores", "memory", "response p50", "response p99", "barge-in p50", "barge-in p99")
    body = [(str(calls), *_ratios(*pair)) for calls, pair in pairs.items() if len(pair) == 2]
    return [f"### {_title(peer)}, in multiples of Kav", table(head, body)] if body else []


def _ratios(kav: Row, peer: Row) -> list[str]:
    names = ("cores", "memory", "response", "response_late", "barge_in", "barge_in_late")
    return [_times(verdict.ratio(getattr(peer, name), getattr(kav, name))) for name in names]


def _times(ratio: float | None) -> str:
    return "–" if ratio is None else f"{number(ratio)}×"
