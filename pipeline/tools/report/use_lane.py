"""The lane of a strip with the uses of tools: under the voices, so that what was said meanwhile stands above each."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.records.tool_uses import ToolUse
from pipeline.tools.report.labels import LETTER
from pipeline.tools.report.markup import text
from pipeline.vocabulary import UseOutcome

SPAN = 10.0  # seconds of a strip
WIDTH = 500  # units of a strip
ROW, BAR, FOOT = 26.0, 7.0, 14.0  # units of a row, the height of its bar, the foot of its label
LEAST = 4.0  # units of a bar
BAD = (UseOutcome.FAILED, UseOutcome.UNKNOWN)
KEY = (("u", "tool"), ("x", "tool that failed, or may not have been done"), ("k", "tool that was not begun"))


def use_lane(uses: Sequence[ToolUse], start: float, end: float, top: float) -> tuple[list[str], float]:
    """Return the shapes of the uses in the strip that begins at `start`, from `top` on, and the foot of the lane.

    A use of a call that ends at `end` is under way until then. Uses side by side have a row each.
    """
    shapes, rows = list[str](), list[float]()  # where each row is taken to
    for use in uses:
        since, until = use.began - start, (end if use.ended is None else use.ended) - start
        if until < 0 or since >= SPAN:
            continue
        left, right = x_of(max(0.0, since)), x_of(min(SPAN, until))
        label = told(use) if since >= 0 else ""
        begin = max(0.0, min(left, WIDTH - LETTER * len(label)))
        row = next((number for number, taken in enumerate(rows) if taken <= begin), len(rows))
        rows[row:] = [max(right, begin + LETTER * len(label) + LETTER), *rows[row + 1 :]]
        shapes += _use(use, label, begin, left, max(LEAST, right - left), top + row * ROW)
    return shapes, top + ROW * len(rows)


def kind(use: ToolUse) -> str:
    """Return the CSS class of a use: by its outcome."""
    if use.outcome in BAD:
        return "use bad-use"
    return "use" if use.outcome in ("", UseOutcome.DONE) else "use no-use"


def ending(use: ToolUse) -> str:
    """Return the outcome of a use, and the time that it took."""
    how = use.outcome or "under way"
    took = f" {use.seconds:.2f} s" if use.seconds else ""
    return f"{how}{took}{' (rehearsed)' if use.rehearsed else ''}"


def told(use: ToolUse) -> str:
    """Return the name of a use, and its ending."""
    return f"{use.name} {ending(use)}"


def x_of(seconds: float) -> float:
    """Return the place of a time in a strip."""
    return round(seconds * WIDTH / SPAN, 1)


def _use(use: ToolUse, label: str, begin: float, left: float, width: float, top: float) -> list[str]:
    title = f"<title>{text(told(use))} {text(use.arguments)} {text(use.result)}</title>"
    bar = f'x="{min(left, WIDTH - LEAST):g}" y="{top + ROW - BAR - 1:g}" width="{width:.1f}" height="{BAR:g}" rx="2"'
    words = f'<text class="{kind(use)}" x="{begin:g}" y="{top + FOOT:g}">{text(label)}</text>' if label else ""
    return [f'<rect class="{kind(use)}" {bar}>{title}</rect>', words]
