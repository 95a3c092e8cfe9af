"""The report's page: one HTML file that loads nothing; its only script, if it has sound, plays it at a click."""

from __future__ import annotations

import statistics
from base64 import b64encode
from hashlib import sha256

from pipeline import audio
from pipeline.records.timeline import Turn
from pipeline.records.wav import ulaw_file
from pipeline.tools.report.drawing import strips, text
from pipeline.tools.report.record import CallRecord
from pipeline.tools.report.style import SCRIPT, STYLE
from pipeline.tools.report.summary import CallSummary, stages

STAGES = ("endpointing", "recognition", "model", "voice and breath")
LONGEST = 900.0  # units of the longest bar
CLOSE = "\n</body></html>\n"
KEY = (("c", "caller"), ("a", "agent"), ("g", "response gap"), ("x", "barge-in, clear, fault"))


def page(record: CallRecord, summary: CallSummary, sound: bool = False) -> str:
    """Return the report as HTML; with `sound`, the call's sound is in it, 21 kB a second."""
    sound = sound and bool(record.caller)
    title = text(f"Call {summary.call_sid or record.folder.name}")
    parts = [
        f"<h1>{title}</h1>",
        _facts(record, summary),
        _player(record) if sound else "",
        "<h2>Sound, in true time</h2>",
        _key(KEY),
        "" if record.caller else '<p class="soft">The record has no sound; what is known of times is drawn.</p>',
        f'<div class="scroll strips">{"".join(strips(record, summary))}</div>',
        "<h2>What was said</h2>",
        _transcript(summary),
        "<h2>From the caller’s last word to the first sound of the answer</h2>",
        _falls(summary),
        "<h2>Faults</h2>",
        _faults(summary),
        f"<script>{SCRIPT}</script>" if sound else "",
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/>{_policy(sound)}'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
        f"<title>{title}</title><style>{STYLE}</style></head><body>\n" + "\n".join(filter(None, parts)) + CLOSE
    )


def _policy(sound: bool) -> str:
    rules = ["default-src 'none'", f"style-src {_hash(STYLE)}"]
    rules += [f"script-src {_hash(SCRIPT)}", "media-src data:"] if sound else []
    return f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(rules)}"/>'


def _hash(source: str) -> str:
    return f"'sha256-{b64encode(sha256(source.encode()).digest()).decode()}'"


def _facts(record: CallRecord, summary: CallSummary) -> str:
    gap = statistics.median(summary.gaps) if summary.gaps else None
    known = {
        "stream": summary.stream_sid,
        "began": str(record.about.get("began", "")),
        "config": str(record.about.get("config", "")),
        "config hash": str(record.about.get("hash", "")),
        "length": f"{record.seconds:.1f} s",
        "ended by": summary.cause or "unknown: the record breaks off",
        "turns": str(summary.utterances),
        "replies": str(len(summary.replies)),
        "barge-ins": str(sum(reply.cut for reply in summary.replies)),
        "median response gap": f"{1000 * gap:.0f} ms" if gap is not None else "",
        "faults": str(len(summary.faults)),
    }
    rows = (f"<div><dt>{name}</dt><dd>{text(value)}</dd></div>" for name, value in known.items() if value)
    return f"<dl>{''.join(rows)}</dl>"


def _key(entries: tuple[tuple[str, str], ...]) -> str:
    items = (f'<li><i class="{kind}"></i>{name}</li>' for kind, name in entries)
    return f'<ul class="key soft">{"".join(items)}</ul>'


def _transcript(summary: CallSummary) -> str:
    said = [(turn.started, _caller(turn)) for turn in summary.turns]
    for reply in summary.replies:
        unheard = f' <del dir="auto">{text(reply.unheard)}</del>' if reply.unheard else ""
        cut = ' <span class="bad">— interrupted</span>' if reply.cut else ""
        said.append((reply.started, _row(reply.started, "agent", f"{text(reply.heard)}{unheard}{cut}")))
    rows = "".join(row for _, row in sorted(said))
    return f'<div class="scroll"><table><tbody>{rows}</tbody></table></div>' if rows else _none("Nobody said anything.")


def _caller(turn: Turn) -> str:
    if turn.dropped:
        return _row(turn.started, "caller", f'<span class="soft">— dropped: {text(turn.dropped)}</span>')
    words = text(turn.text) if turn.text is not None else '<span class="soft">— not recognised</span>'
    return _row(turn.started, "caller", words or '<span class="soft">— no words</span>')


def _row(at: float, who: str, words: str) -> str:
    cells = f'<td class="n">{at:.2f} s</td><td class="who by-{who}">{who}</td><td><p dir="auto">{words}</p></td>'
    return f"<tr>{cells}</tr>"


def _falls(summary: CallSummary) -> str:
    answered = [turn for turn in summary.turns if turn.gap is not None]
    if not answered:
        return _none("No turn was answered.")
    scale = LONGEST / max(stages(turn)[-1][2] for turn in answered)
    key = tuple((f"s{number}", name) for number, name in enumerate(STAGES))
    rows = "".join(_fall(turn, scale, place) for place, turn in enumerate(answered))
    high = 26 * len(answered)
    return f'{_key(key)}<div class="scroll falls"><svg viewBox="0 0 1000 {high}" role="img">{rows}</svg></div>'


def _fall(turn: Turn, scale: float, place: int) -> str:
    top = 26 * place
    bars = "".join(
        f'<rect class="s{STAGES.index(name)}" x="{30 + start * scale:.1f}" y="{top + 4}" height="16" '
        f'width="{max(0.5, (end - start) * scale):.1f}"><title>{name} {1000 * (end - start):.0f} ms</title></rect>'
        for name, start, end in stages(turn)
    )
    total = turn.gap or 0.0
    figure = f'<text x="{36 + total * scale:.1f}" y="{top + 16}">{1000 * total:.0f} ms</text>'
    return f'<text x="0" y="{top + 16}">{turn.number}</text>{bars}{figure}'


def _faults(summary: CallSummary) -> str:
    rows = "".join(
        f'<tr><td class="n">{at:.2f} s</td><td><p>{text(fault)}</p></td></tr>' for at, fault in summary.faults
    )
    return f'<div class="scroll"><table><tbody>{rows}</tbody></table></div>' if rows else _none("None.")


def _none(words: str) -> str:
    return f'<p class="soft">{words}</p>'


def _player(record: CallRecord) -> str:
    file = ulaw_file(audio.encode(record.caller), audio.encode(record.agent))
    return f'<audio controls="" src="data:audio/wav;base64,{b64encode(file).decode()}"></audio>'
