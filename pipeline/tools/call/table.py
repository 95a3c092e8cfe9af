"""A call's result as a table for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pipeline.faults import clipped, printable
from pipeline.phone.result import BargeIn, CallResult, Turn
from pipeline.records import timeline
from pipeline.terminal.columns import aligned
from pipeline.terminal.paint import GREEN, PLAIN, RED, YELLOW, Paint
from pipeline.text.plain_json import encoded
from pipeline.tools.call.verdict import Verdict

NONE = "–"
UNKNOWN = Verdict()
FAR = "ok, as far as the line shows: the faults of an agent that runs elsewhere are in its own log"
SAID = (1,)  # the column of text; the others are numbers

Since = Callable[[float | None], float | None]
Told = Sequence[timeline.Turn]  # the agent's own turns; their moments are loop times
Stages = dict[str, float | None]
STAGES = {"decided": "decided", "transcript": "words", "piece": "reply"}  # stage → its column in the table
# Stages behind `decided` → their moments. `answer` has no column: it is the first audio, or comes behind a filler's.
MOMENTS = {"transcript": "words_at", "piece": "reply_at", "answer": "answer_at"}


def render(result: CallResult, told: Told = (), verdict: Verdict = UNKNOWN, paint: Paint = PLAIN) -> str:
    """Return the turns, the barge-ins and the end of a call as aligned lines.

    `told` are the turns of an agent in this process: the times at which each was decided to be over and had its words
    and the first piece of its reply. They are shown relative to the caller's last voiced frame.
    """
    parts = []
    if result.turns:
        every = stages(result, told)
        head = ("turn", "said", "words end", *(STAGES[name] for name in every[0] if name in STAGES), "first audio")
        turns = zip(result.turns, every, strict=True)
        rows = [_turn_row(number, *turn, result) for number, turn in enumerate(turns, 1)]
        parts += [*aligned([head, *rows], SAID, paint), ""]
    if result.barge_ins:
        head = ("barge-in", "said", "at", "clear after 1st voiced frame", "after 3rd")
        rows = [_barge_in_row(number, each, result) for number, each in enumerate(result.barge_ins, 1)]
        parts += [*aligned([head, *rows], SAID, paint), ""]
    return "\n".join([*parts, *_ending(result, verdict, paint)])


def as_json(result: CallResult, told: Told = (), verdict: Verdict = UNKNOWN) -> str:
    """Return the same as a JSON object: times in seconds from the start of the stream, durations in seconds."""
    failures = verdict.failed(result)
    data = {**_data(result, told), "ok": not failures, "failures": failures, "notes": list(verdict.notes)}
    return encoded(data).decode()


def stages(result: CallResult, told: Told) -> list[Stages]:
    """Return the loop time at which each turn reached each stage, None if unknown, as all are without `told`.

    Agents count turns in their own way: a turn gets the last decision between its end and its answer.
    """
    nexts = [turn.started for turn in result.turns[1:]] + [result.ended]
    return [_reached(turn, turn.audio or until, told) for turn, until in zip(result.turns, nexts, strict=False)]


def _reached(turn: Turn, until: float, told: Told) -> Stages:
    decided = {it.decided_at: it for it in told if it.decided_at and turn.ended <= it.decided_at <= until}
    at = max(decided, default=None)
    if not told:
        return {"decided": at}
    found = None if at is None else decided[at]
    return {"decided": at, **{stage: getattr(found, moment, None) for stage, moment in MOMENTS.items()}}


def _turn_row(number: int, turn: Turn, stages: Stages, result: CallResult) -> tuple[str, ...]:
    waited = (None if at is None else at - turn.ended for name, at in stages.items() if name in STAGES)
    row = (str(number), _said(turn.words), _clock(turn.ended - result.started))
    return (*row, *map(_plus, waited), _plus(turn.gap))


def _barge_in_row(number: int, each: BargeIn, result: CallResult) -> tuple[str, ...]:
    at = _clock(each.first - result.started)
    return (str(number), _said(each.words), at, _plus(each.stopped), _plus(each.reaction))


def _ending(result: CallResult, verdict: Verdict, paint: Paint) -> list[str]:
    code = f" ({result.close_code})" if result.close_code is not None else ""
    counts = (
        f"sent {result.tx}",
        f"received {result.rx}",
        _count(len(result.replies), "reply", "replies"),
        _count(len(result.clears), "clear"),
        _count(len(result.marks), "mark"),
        _count(len(result.underruns), "underrun"),
    )
    lines = [f"{result.ended - result.started:.1f} s, ended by {result.ended_by}{code}; {', '.join(counts)}"]
    lines += [f"{paint('warning:', YELLOW)} {printable(str(warning))}" for warning in result.warnings]
    lines += [f"note: {printable(each)}" for each in verdict.notes]
    failed = [paint(f"failed: {printable(each)}", RED) for each in verdict.failed(result)]
    return [*lines, *(failed or [paint("ok" if verdict.inside else FAR, GREEN)])]


def _data(result: CallResult, told: Told) -> dict[str, Any]:
    def since(at: float | None) -> float | None:
        return None if at is None else _rounded(at - result.started)

    found = zip(result.turns, stages(result, told), strict=True)
    names = ("ok", "error", "call_sid", "stream_sid", "ended_by", "close_code", "rx", "tx", "verbs")
    return {
        **{name: getattr(result, name) for name in names},
        "seconds": since(result.ended),
        "turns": [_turn_data(turn, since, reached) for turn, reached in found],
        "barge_ins": [_barge_in_data(each, since) for each in result.barge_ins],
        "replies": [since(at) for at in result.replies],
        "clears": [{"at": since(at), "thrown": _rounded(thrown)} for at, thrown in result.clears],
        "marks": [{"at": since(at), "name": name} for at, name in result.marks],
        "underruns": [{"at": since(at), "silence": _rounded(silence)} for at, silence in result.underruns],
        "warnings": [{"code": warning.code, "text": warning.text} for warning in result.warnings],
    }


def _turn_data(turn: Turn, since: Since, stages: Stages) -> dict[str, Any]:
    times = {"started": turn.started, "ended": turn.ended, **stages, "audio": turn.audio}
    return {"said": turn.words, **{name: since(at) for name, at in times.items()}, "gap": _rounded(turn.gap)}


def _barge_in_data(each: BargeIn, since: Since) -> dict[str, Any]:
    times = {"first": each.first, "third": each.third, "clear": each.clear}
    spans = {"stopped": _rounded(each.stopped), "reaction": _rounded(each.reaction)}
    return {"said": each.words, **{name: since(at) for name, at in times.items()}, **spans}


def _said(words: str) -> str:
    return clipped(printable(words), 30) or NONE


def _clock(at: float) -> str:
    return f"{at:.2f} s"


def _plus(seconds: float | None) -> str:
    return NONE if seconds is None else f"+{seconds * 1000:.0f} ms"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 4)
