"""The stages of each answer as bars: from the caller's last word to the first sound that the caller hears."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.records.timeline import Turn
from pipeline.records.tool_uses import ToolUse
from pipeline.tools.report.markup import key, ms, row, soft, table
from pipeline.tools.report.summary import STAGES, TOOL, CallSummary, stages

WIDTH = 1000  # units of the longest bar
NAMES = (*STAGES, TOOL)


def waterfall(summary: CallSummary) -> str:
    """Return a row for each turn that was answered: its number, its response gap, its bar."""
    answered = [turn for turn in summary.turns if turn.gap is not None]
    if not answered:
        return soft("No turn was answered.")
    longest = max(0.001, *(stages(turn)[-1][2] for turn in answered))
    rows = "".join(_answer(turn, summary.tools.all, WIDTH / longest) for turn in answered)
    names = NAMES if summary.tools.all else STAGES
    return key(tuple((f"s{number}", name) for number, name in enumerate(names))) + table("falls", rows)


def _answer(turn: Turn, uses: Sequence[ToolUse], scale: float) -> str:
    spans = [(name, start, end) for name, start, end in stages(turn, uses) if end > start]
    bars = "".join(
        f'<rect class="s{NAMES.index(name)}" x="{start * scale:.1f}" y="0" height="16" '
        f'width="{(end - start) * scale:.1f}"><title>{name} {ms(end - start)}</title></rect>'
        for name, start, end in spans
    )
    told = ", ".join(f"{name} {ms(end - start)}" for name, start, end in spans)
    bar = f'<svg viewBox="0 0 {WIDTH} 16" preserveAspectRatio="none" role="img" aria-label="{told}">{bars}</svg>'
    return row(turn.ended_at or 0.0, f"turn {turn.number}", ms(turn.gap or 0.0), bar)
