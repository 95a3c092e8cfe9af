"""The charts beside `docs/performance.md`: `python -m benchmarks.bench.charts RESULTS FOLDER`.

Runs in the benchmark's own environment, the one that has matplotlib.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl

from benchmarks.bench import results, verdict
from benchmarks.bench.verdict import BARGE_IN, RESPONSE, Row

COLOURS = ("#2563eb", "#6b7280", "#d97706", "#059669")

Charts = dict[str, tuple[str, Sequence[tuple[str, Callable[[Row], float]]], float | None]]
CHARTS: Charts = {
    "cores": ("cores per call", (("", lambda row: row.cores / row.calls),), None),
    "response": (
        "response, ms net of the silence",
        (("p50", lambda row: row.response), ("p99", lambda row: row.response_late)),
        RESPONSE,
    ),
    "barge-in": (
        "third voiced frame → clear, ms",
        (("p50", lambda row: row.barge_in), ("p99", lambda row: row.barge_in_late)),
        BARGE_IN,
    ),
    "memory": ("memory per call, kB", (("", lambda row: max(row.memory, 0.1)),), None),
}


def draw(rows: Sequence[Row], folder: Path) -> None:
    """Every chart as a PNG file."""
    mpl.use("Agg")
    folder.mkdir(parents=True, exist_ok=True)
    for name in CHARTS:
        _draw(name, rows, folder / f"{name}.png")


def _draw(name: str, rows: Sequence[Row], file: Path) -> None:
    from matplotlib import pyplot
    from matplotlib.ticker import NullLocator

    title, lines, limit = CHARTS[name]
    figure, axes = pyplot.subplots(figsize=(9, 3.8), layout="constrained")
    for server, colour in zip(dict.fromkeys(row.server for row in rows), COLOURS, strict=False):
        own = [row for row in rows if row.server == server]
        for (what, value), style in zip(lines, ("-", "--"), strict=False):
            points = [row.calls for row in own], [value(row) for row in own]
            axes.plot(*points, style, color=colour, marker="o", markersize=3, label=f"{server} {what}".strip())
    if limit is not None:
        axes.axhline(limit, color="#dc2626", linewidth=0.8, linestyle=":", label=f"limit of p99: {limit:.0f} ms")
    axes.set(xlabel="calls at a time, server on one core", title=title, xscale="log", yscale="log")
    ticks = sorted({row.calls for row in rows if row.calls % 100 == 0 or row.calls <= 50})  # others have no room
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(alpha=0.3)
    figure.legend(fontsize="small", loc="outside right upper")
    figure.savefig(file, dpi=110)
    pyplot.close(figure)


def main() -> int:
    """Read the results and draw them."""
    file, folder = map(Path, sys.argv[1:])
    found = results.read(file)
    if found is None:
        print(f"there is no {file}", file=sys.stderr)
        return 2
    draw(verdict.rows(found.runs), folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
