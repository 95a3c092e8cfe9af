"""Draw a call in true time, as SVG: ten seconds a strip, caller, agent, states, marks, uses of tools.

Two strips side by side fill a wide page, one a narrow one. The marker of the present moment is drawn hidden in each.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pipeline import audio
from pipeline.tools.report.labels import LabelRow
from pipeline.tools.report.markup import clock, ms, text
from pipeline.tools.report.record import CallRecord
from pipeline.tools.report.summary import CallSummary
from pipeline.tools.report.use_lane import SPAN, WIDTH, use_lane, x_of
from pipeline.vocabulary import State

Peaks = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

LONGEST = 4 * 3600.0  # seconds that are drawn; no phone call is longer
COLUMNS = 250  # peaks of a strip and a side: one for every 40 ms
REACH = 26.0  # half the height of the loudest sound
CALLER, GAPS, AGENT = 58.0, 91.0, 138.0  # middles of rows
NUMBERS, FIGURES, MOMENTS = 26.0, 106.0, 181.0  # feet of rows of text
STATES, TICKS, HEIGHT = 187, 212, 214
QUIET = 0.02  # share of the loudest below which nothing is drawn
KEY = (
    ("c", "caller"),
    ("a", "agent"),
    ("g", "response gap"),
    ("x", "barge-in, clear, fault"),
    ("k", "mark that came back"),
    *((f"st-{state}", f"{state.lower()}") for state in (State.LISTENING, State.THINKING, State.SPEAKING)),
)


def strips(record: CallRecord, summary: CallSummary) -> Iterator[str]:
    """Yield the strips, each an SVG."""
    caller, agent = _peaks(record.caller), _peaks(record.agent)
    end = min(record.seconds, LONGEST)
    for number in range(max(1, int(np.ceil(end / SPAN)))):
        start = number * SPAN
        columns = slice(number * COLUMNS, (number + 1) * COLUMNS)
        lane, height = use_lane(summary.tools.all, start, end, HEIGHT)
        parts = [
            *_axis(start, end),
            *_spans(summary, start),
            f'<path class="caller" d="{_wave(caller[columns], CALLER)}"/>',
            f'<path class="agent" d="{_wave(agent[columns], AGENT)}"/>',
            *_gaps(summary, start),
            *_states(summary, start),
            *_moments(summary, start),
            *lane,
            f'<path class="head" d="M0 14V{height:g}"/>',
        ]
        label = f"{start:.0f} to {min(start + SPAN, end):.1f} seconds"
        frame = f'viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{label}" data-start="{start:g}"'
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
    last = min(WIDTH, x_of(end - start))
    for lane in (CALLER, AGENT):
        yield f'<path class="line" d="M0 {lane:g}H{last:g}"/>'
    for second in range(0, int(SPAN), 5):
        if start + second <= end:
            x = x_of(second)
            yield f'<path class="tick" d="M{x:g} 14V{HEIGHT - 6}"/>'
            yield f'<text x="{x + 3:g}" y="11">{clock(start + second)}</text>'


def _spans(summary: CallSummary, start: float) -> Iterator[str]:
    numbers = LabelRow(NUMBERS, WIDTH)
    for turn in summary.turns:
        name = "turn dropped" if turn.dropped else "turn"
        since, until = turn.started - start, turn.ended - start
        yield from _box(name, since, until, CALLER, turn.text or "")
        if 0 <= since < SPAN:
            yield numbers.beside(str(turn.number), x_of(since), x_of(since) - 2)
    for reply in summary.replies:
        name = "answer cut" if reply.cut else "answer unfinished" if reply.unfinished else "answer"
        yield from _box(name, reply.started - start, (reply.ended or reply.started) - start, AGENT, reply.heard)


def _box(name: str, since: float, until: float, lane: float, title: str) -> Iterator[str]:
    if until < 0 or since >= SPAN:
        return
    left, right = x_of(max(0.0, since)), x_of(min(SPAN, until))
    yield (
        f'<rect class="{name}" x="{left:g}" y="{lane - REACH - 3:g}" width="{max(1.0, right - left):.1f}" '
        f'height="{2 * REACH + 6:g}" rx="3"><title>{text(title)}</title></rect>'
    )


def _gaps(summary: CallSummary, start: float) -> Iterator[str]:
    """Yield the response gaps between the lanes, each with its figure in the strip in which it begins."""
    figures = LabelRow(FIGURES, WIDTH, (x_of(at - start) for at, _ in _cuts(summary) if start <= at < start + SPAN))
    here = [
        (turn.ended_at - start, turn.audio_at - start)
        for turn in summary.turns
        if turn.ended_at is not None and turn.audio_at is not None
        if turn.audio_at >= start and turn.ended_at < start + SPAN
    ]
    for ended, heard in here:
        left, right = x_of(max(0.0, ended)), x_of(min(SPAN, heard))
        ends = f"M{left:g} {GAPS - 3:g}v6M{right:g} {GAPS - 3:g}v6"
        yield f'<path class="gap" d="M{left:g} {GAPS:g}H{right:g}{ends}"/>'
        if ended >= 0:
            yield figures.under(ms(heard - ended), left, right, "gap")


def _states(summary: CallSummary, start: float) -> Iterator[str]:
    for since, until, state in summary.states:
        if since < start + SPAN and until > start:
            left, right = x_of(max(0.0, since - start)), x_of(min(SPAN, until - start))
            kind = f"st-{state}" if state in set(State) else "st"
            title = f"<title>{text(state)} {since:.2f} s to {until:.2f} s</title>"
            yield f'<rect class="{kind}" x="{left:g}" y="{STATES}" width="{right - left:.1f}" height="8">{title}</rect>'


def _moments(summary: CallSummary, start: float) -> Iterator[str]:
    labels = LabelRow(MOMENTS, WIDTH)
    lines = [(at, "cut", name) for at, name in _cuts(summary)]
    lines += [(reply.started, "cut-in", "agent cuts in") for reply in summary.cut_ins]
    for at, kind, name in sorted(lines):
        if start <= at < start + SPAN:
            x = x_of(at - start)
            yield f'<path class="{kind}" d="M{x:g} {CALLER - REACH - 3:g}V{MOMENTS:g}"/>'
            yield labels.beside(name, x, x, kind)
    for name, times, high in (("clear", summary.clears, 12), ("mark", summary.marks, 8)):
        inside = [x_of(at - start) for at in times if start <= at < start + SPAN]
        if inside:
            yield f'<path class="{name}" d="{"".join(f"M{x:g} {TICKS}v-{high}" for x in inside)}"/>'
    for fault in summary.faults:
        if start <= fault.at < start + SPAN:
            x = x_of(fault.at - start)
            yield f'<path class="fault" d="M{x:g} {TICKS}l-5 -9h10z"><title>{text(fault.sentence)}</title></path>'


def _cuts(summary: CallSummary) -> list[tuple[float, str]]:
    """Return the moment of each reply's interruption, and its name."""
    cut = [reply for reply in summary.replies if reply.cut]
    return [(it.ended, "stopped" if it.stopped else "barge-in") for it in cut if it.ended is not None]
