"""`label`: propose a first `labels.yaml` for a recorded call, to be corrected by a listener."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from pipeline.faults import KavError, UsageError
from pipeline.records.reader import Recording
from pipeline.records.selection import selected
from pipeline.records.timeline import Turn, cut_off, timeline
from pipeline.terminal.paint import paint_on
from pipeline.terminal.progress import progress, say
from pipeline.tools.label.labels import LABELS
from pipeline.tools.label.loudness import Span, caller, join, spans

FAINT = 5.0  # times the noise, 14 dB: a fainter turn is marked as doubtful
LONG = 0.5  # seconds of pause that may have been the end of a turn
HEAD = """\
# The caller's turns, in seconds of their sound: proposed from its loudness, and from what was understood of it.
# Listen to audio.wav, the left side. Correct the times, delete what is no speech, join what is one turn.
turns:
"""


def propose(calls: Sequence[str], out: Path | None) -> int:
    """Write the proposed turns of calls and print the paths; return the exit code, 1 if no call has labels now.

    Of several calls, those with a labels.yaml are left as they are. Raises UsageError if the only call has one, or if
    `out` is for several, KavError if one cannot be written.
    """
    folders = selected(calls)
    if len(folders) == 1:
        print(_proposed(folders[0], out))
        return 0
    if out is not None:
        raise UsageError(f"--out writes the labels of one call, and these are {len(folders)}")
    with progress(len(folders), "calls") as bar:
        labelled = 0
        for folder in folders:
            labelled += _has_labels_now(folder)
            bar.advance()
    return 0 if labelled else 1


def _has_labels_now(folder: Path) -> bool:
    """Propose a call's labels if it has none, and say how that went; True if it has some now."""
    try:
        say(_proposed(folder, None), sys.stdout)
    except UsageError:
        say(f"{folder / LABELS}: is there already, and stays as it is")
    except KavError as error:
        say(error.painted(paint_on(sys.stderr)))
        return False
    return True


def _proposed(folder: Path, out: Path | None) -> str:
    """Write the proposed turns of a record; return a line about them."""
    path = out or folder / LABELS
    if out is None and path.exists():
        raise UsageError(f"{path}: is there already; `--out FILE` writes another, or delete it")
    recording = Recording.load(folder)
    if recording.about.sound == "none":
        raise KavError(f"{folder}: was kept without its sound (`record.audio: none`), which labels are proposed from")
    heard = timeline(recording.events).turns
    lines = [_line(span, _words(span, heard)) for span in _whole(spans(caller(recording)), heard)]
    try:
        path.write_text(HEAD + "".join(lines) if lines else HEAD.rstrip() + " []\n", encoding="utf-8")
    except OSError as error:
        raise KavError(f"{path}: cannot be written: {error.strerror}") from None
    doubts = sum("?" in it.rpartition("#")[2] for it in lines)
    return f"{path}: proposed turns: {len(lines)}, in doubt: {doubts}"


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
