"""`label`: propose a first `labels.yaml` for a recorded call, to be corrected by a listener."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path

from pipeline.faults import KavError, UsageError
from pipeline.records.reader import Recording
from pipeline.records.timeline import Turn, cut_off, timeline
from pipeline.tools.label.labels import LABELS
from pipeline.tools.label.loudness import Span, caller, join, spans

FAINT = 5.0  # times the noise, 14 dB: a fainter turn is marked as doubtful
LONG = 0.5  # seconds of pause that may have been the end of a turn
HEAD = """\
# The caller's turns, in seconds of their sound: proposed from its loudness, and from what was understood of it.
# Listen to audio.wav, the left side. Correct the times, delete what is no speech, join what is one turn.
turns:
"""


def propose(folder: Path, out: Path | None) -> int:
    """Write the proposed turns of a record and print the path; return the exit code.

    Raises UsageError if labels.yaml exists, KavError if it cannot be written.
    """
    recording = Recording.load(folder)
    path = out or folder / LABELS
    if out is None and path.exists():
        raise UsageError(f"{path}: is there already; `--out FILE` writes another, or delete it")
    heard = timeline(recording.events).turns
    lines = [_line(span, _words(span, heard)) for span in _whole(spans(caller(recording)), heard)]
    try:
        path.write_text(HEAD + "".join(lines) if lines else HEAD.rstrip() + " []\n", encoding="utf-8")
    except OSError as error:
        raise KavError(f"{path}: cannot be written: {error.strerror}") from None
    doubts = sum("?" in it.rpartition("#")[2] for it in lines)
    print(f"{path}: proposed turns: {len(lines)}, in doubt: {doubts}")
    return 0


def _whole(some: list[Span], heard: list[Turn]) -> list[Span]:
    """Join the stretches between which the caller went on before there was an answer."""
    hasty = cut_off(heard)
    bridges = [(one.ended, after.started) for one, after in pairwise(heard) if one.number in hasty]
    found: list[Span] = []
    for span in some:
        if found and any(_leads(found[-1], end, at, span) for end, at in bridges):
            found[-1] = join(found[-1], span)
        else:
            found.append(span)
    return found


def _leads(one: Span, end: float, at: float, other: Span) -> bool:
    """True if a turn's premature end lies in `one`, and its continuation in `other`."""
    return one.starts < end <= one.ends + LONG and other.starts - LONG <= at < other.ends


def _words(span: Span, heard: list[Turn]) -> str:
    return " ".join(it.text for it in heard if it.text and it.started < span.ends and span.starts < it.ended)


def _line(span: Span, words: str) -> str:
    text = json.dumps(words.replace("${", "$ {"), ensure_ascii=False)  # `${` would begin a variable
    return f"  - {{starts: {span.starts:.2f}s, ends: {span.ends:.2f}s, words: {text}}}  # {_doubt(span, words)}\n"


def _doubt(span: Span, words: str) -> str:
    """Return the reasons for doubt in a turn, and its level in dB."""
    level = f"{20 * math.log10(span.over):.0f} dB over the line's noise"
    doubts = ["no words were understood: is it speech?"] if not words else []
    doubts += [f"a pause of {span.pause:.2f} s: one turn?"] if span.pause >= LONG else []
    doubts += ["faint: is it the caller?"] if span.over < FAINT else []
    return "; ".join([*doubts, level] if doubts else [f"sure: {level}"])
