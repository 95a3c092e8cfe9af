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
COMMON = 30  # calls at a time under which all servers of the same work are compared
STANDING = ("", f"cores/call, {COMMON} calls", "knee: calls on one core", "cores/call at its knee")
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
        table(STANDING, [_standing(found, name) for name in servers]),
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


def _standing(found: Sequence[Row], server: str) -> Sequence[str]:
    """Return a server's line of the first table; "at least" if it held the largest load that it was measured with."""
    own = [row for row in found if row.server == server]
    knee = verdict.knee(found, server)
    cores = {row.calls: f"{row.cores / row.calls:.5f}" for row in own}
    open_end = "at least " if knee == max(cores) else ""
    return _title(server), cores.get(COMMON, "–"), f"{open_end}{knee}", cores.get(knee, "–")


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
