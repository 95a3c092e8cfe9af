"""Draw a call's sound in true time, as SVG: twenty seconds a strip, the caller above, the agent below."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import numpy as np

from pipeline import audio
from pipeline.tools.report.record import CallRecord
from pipeline.tools.report.summary import CallSummary

Peaks = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

SPAN = 20.0  # seconds of a strip
WIDTH = 1000  # units of a strip
COLUMNS = 500  # peaks of a strip and a side: one for every 40 ms
CALLER, AGENT, REACH = 54.0, 128.0, 26.0  # middles of the lanes, and half the height of the loudest sound
HEIGHT = 174
QUIET = 0.02  # share of the loudest below which nothing is drawn


def strips(record: CallRecord, summary: CallSummary) -> Iterator[str]:
    """Yield the strips, each an SVG."""
    caller, agent = _peaks(record.caller), _peaks(record.agent)
    count = max(1, int(np.ceil(max(record.seconds, 0.01) / SPAN)))
    for number in range(count):
        start = number * SPAN
        columns = slice(number * COLUMNS, (number + 1) * COLUMNS)
        parts = [
            *_axis(start, record.seconds),
            *_spans(summary, start),
            f'<path class="caller" d="{_wave(caller[columns], CALLER)}"/>',
            f'<path class="agent" d="{_wave(agent[columns], AGENT)}"/>',
            *_gaps(summary, start),
            *_moments(summary, start),
        ]
        label = f"{start:.0f} to {min(start + SPAN, record.seconds):.1f} seconds"
        frame = f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}" data-start="{start:g}"'
        yield f"<svg {frame}>{''.join(parts)}</svg>"


def _peaks(pcm: bytes) -> Peaks:
    """Return the square root of each column's peak, 0 to 1; the root makes a quiet voice visible."""
    samples = np.abs(np.frombuffer(pcm, "<i2").astype(np.float64))
    width = round(audio.RATE * SPAN / COLUMNS)
    padded = np.pad(samples, (0, -len(samples) % width)).reshape(-1, width).max(axis=1, initial=0)
    return np.asarray(np.sqrt(padded / max(2000.0, float(padded.max(initial=0.0)))))


def _wave(peaks: Peaks, middle: float) -> str:
    step = WIDTH / COLUMNS
    heard = ((number, peak * REACH) for number, peak in enumerate(peaks) if peak > QUIET)
    return "".join(f"M{number * step + 1:g} {middle - high:.1f}v{2 * high:.1f}" for number, high in heard)


def _axis(start: float, end: float) -> Iterator[str]:
    last = min(WIDTH, _x(end - start))
    for lane in (CALLER, AGENT):
        yield f'<path class="line" d="M0 {lane:g}H{last:g}"/>'
    for second in range(0, int(SPAN), 5):
        if start + second <= end:
            x = _x(second)
            yield f'<path class="tick" d="M{x:g} 12V{HEIGHT - 10}"/>'
            yield f'<text x="{x + 3:g}" y="11">{_clock(start + second)}</text>'


def _spans(summary: CallSummary, start: float) -> Iterator[str]:
    for turn in summary.turns:
        name = "turn dropped" if turn.dropped else "turn"
        yield from _box(name, turn.started - start, turn.ended - start, CALLER, str(turn.number), turn.text or "")
    for reply in summary.replies:
        name = "answer cut" if reply.cut else "answer"
        yield from _box(name, reply.started - start, (reply.ended or reply.started) - start, AGENT, "", reply.heard)


def _box(name: str, since: float, until: float, lane: float, label: str, title: str) -> Iterator[str]:
    if until < 0 or since > SPAN:
        return
    left, right = _x(max(0.0, since)), _x(min(SPAN, until))
    shown = f'<text x="{left + 2:g}" y="{lane - REACH - 6:g}">{label}</text>' if label and since >= 0 else ""
    yield (
        f'<rect class="{name}" x="{left:g}" y="{lane - REACH - 3:g}" width="{max(1.0, right - left):.1f}" '
        f'height="{2 * REACH + 6:g}" rx="3"><title>{text(title)}</title></rect>{shown}'
    )


def _gaps(summary: CallSummary, start: float) -> Iterator[str]:
    middle = (CALLER + AGENT) / 2
    for turn in summary.turns:
        ended, heard = turn.ended_at, turn.audio_at
        if ended is None or heard is None or heard < start or ended > start + SPAN:
            continue
        left, right = _x(max(0.0, ended - start)), _x(min(SPAN, heard - start))
        ends = f"M{left:g} {middle - 4:g}v8M{right:g} {middle - 4:g}v8"
        yield f'<path class="gap" d="M{left:g} {middle:g}H{right:g}{ends}"/>'
        if ended >= start:
            x, anchor = (right + 4, "start") if right < WIDTH - 50 else (left - 4, "end")
            figure = f"{1000 * (heard - ended):.0f} ms"
            yield f'<text class="gap" x="{x:g}" y="{middle + 4:g}" text-anchor="{anchor}">{figure}</text>'


def _moments(summary: CallSummary, start: float) -> Iterator[str]:
    for at in (reply.ended for reply in summary.replies if reply.cut and reply.ended is not None):
        if start <= at < start + SPAN:
            x = _x(at - start)
            yield f'<path class="cut" d="M{x:g} 16V{HEIGHT - 14}"/>'
            yield f'<text class="cut" x="{x + 4:g}" y="{HEIGHT - 14}">barge-in</text>'
    for name, times, high in (("clear", summary.clears, 10), ("mark", summary.marks, 6)):
        inside = [_x(at - start) for at in times if start <= at < start + SPAN]
        if inside:
            yield f'<path class="{name}" d="{"".join(f"M{x:g} {HEIGHT - 4}v-{high}" for x in inside)}"/>'
    for at, fault in summary.faults:
        if start <= at < start + SPAN:
            x = _x(at - start)
            yield f'<path class="fault" d="M{x:g} {HEIGHT - 2}l-5 -9h10z"><title>{text(fault)}</title></path>'


def text(words: str) -> str:
    """Return words as an HTML text node: escaped, with spaces for unprintable characters."""
    return escape("".join(char if char.isprintable() else " " for char in words))


def _x(seconds: float) -> float:
    return round(seconds * WIDTH / SPAN, 1)


def _clock(at: float) -> str:
    return f"{int(at) // 60}:{int(at) % 60:02d}"
