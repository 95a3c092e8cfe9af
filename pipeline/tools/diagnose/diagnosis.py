"""`diagnose`: for each call in a log, the stage at which it stopped, the lines that show it, and advice."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from pipeline.faults import KavError, clipped, printable
from pipeline.terminal.paint import BOLD, GREEN, PLAIN, RED, Paint, paint_on
from pipeline.tools.diagnose.calls import Evidence, calls
from pipeline.tools.diagnose.lines import read
from pipeline.tools.diagnose.rules import CAUSES, rule, shown
from pipeline.tools.diagnose.stages import HEALTHY, Rule

WIDTH = 140  # characters of a quoted line
NOTHING = """no line of this log is about a call. Look for, or log, lines like these:
  WS_START sid=… call_sid=…      the stream has opened
  WS_MEDIA sid=… rx=50           sound comes in, within 2 s
  ASR_TEXT: …                    the caller's words
  tts_done …                     the answer was synthesised
  WS_TX sid=… tx=…               it was sent
  BARGE_IN: interrupt            the caller spoke over it
  WS_DONE sid=… rx=… tx=…        the stream has closed"""


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """One call's diagnosis: the stage at which it stopped, the explanation, advice and evidence.

    `certain` if no further line could change it; otherwise `settles` names the lines that could.
    """

    call: str
    stage: str
    says: str
    do: str
    certain: bool
    settles: str
    evidence: tuple[tuple[int, str], ...]  # line numbers, from 1, and the lines
    figures: dict[str, int]

    @property
    def healthy(self) -> bool:
        """True if nothing is wrong with the call."""
        return self.stage == HEALTHY

    def __str__(self) -> str:
        return self.painted(PLAIN)

    def painted(self, paint: Paint) -> str:
        """Return the diagnosis as lines, for a stream."""
        verdict = paint(HEALTHY, GREEN) if self.healthy else paint(f"stopped at {self.stage}", RED)
        head = f"{paint(self.call, BOLD)}: {verdict}"
        lines = [f"{head}: {self.says}"]
        lines += [
            f"  line {number:<4} {paint.each_isolated(clipped(printable(text), WIDTH))}"
            for number, text in self.evidence
        ]
        lines += ["  " + ", ".join(f"{name} {value}" for name, value in self.figures.items())] if self.figures else []
        if not self.certain:
            lines.append(f"  as far as these lines go; these would settle it: {self.settles}")
        return "\n".join([*lines, *([f"  do: {self.do}"] if self.do else [])])


def diagnosed(log: Iterable[str]) -> list[Diagnosis]:
    """Return a diagnosis of every call in these lines."""
    return [_diagnosis(call) for call in calls(read(log))]


def diagnose(path: str, as_json: bool) -> int:
    """Print the diagnoses of a log's calls, `-` for the standard input; return 0 if it has calls, all healthy.

    Raises KavError if the log cannot be read.
    """
    found = diagnosed(_text(path).split("\n"))
    if as_json:
        print(msgspec.json.encode([_data(each) for each in found]).decode())
    else:
        paint = paint_on(sys.stdout)
        print("\n\n".join(each.painted(paint) for each in found) or NOTHING)
    return 0 if found and all(each.healthy for each in found) else 1


def _diagnosis(call: Evidence) -> Diagnosis:
    decided = rule(call)
    return Diagnosis(
        call=_name(call),
        stage=decided.stage,
        says=decided.says,
        do=CAUSES.get(call.cause, "") or decided.do if decided.stage != HEALTHY else "",
        certain=not _settles(call, decided),
        settles=_settles(call, decided),
        evidence=tuple((line.number, line.text) for line in shown(call, decided)),
        figures=_figures(call),
    )


def _settles(call: Evidence, decided: Rule) -> str:
    if decided.stage == HEALTHY:
        return "" if call.over else "WS_DONE"
    return decided.settles if decided.open or call.tx is None or not call.over else ""


def _name(call: Evidence) -> str:
    sids = sorted(call.sids, key=lambda sid: not sid.startswith("MZ"))
    return f"call {sids[0]}" if sids else "the call"


def _figures(call: Evidence) -> dict[str, int]:
    figures = {"rx": call.rx, "tx": call.tx}
    counts = {
        "transcripts": len(call.words),
        "empty": call.count("words") - len(call.words),
        "replies": call.replies,
        "barge-ins": call.count("interrupted"),
        "repetitions ignored": call.count("repeated"),
        "uses of tools": call.count("tool"),
        "entries on the keypad": call.count("keys"),
        "transfers": call.count("handed", "returned"),
        "failed syntheses": call.count("voice_error"),
        "failed requests": call.count("provider_error", "provider_refused"),
        "faults": call.count("fault"),
        "exceptions": call.count("raised"),
    }
    known = {name: value for name, value in figures.items() if value is not None}
    return known | {name: value for name, value in counts.items() if value}


def _data(found: Diagnosis) -> dict[str, Any]:
    return {**msgspec.structs.asdict(found), "healthy": found.healthy}


def _text(path: str) -> str:
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise KavError(f"{path}: cannot be read: {error.strerror}") from None
    return data.decode("utf-8", "replace")
