"""The figures that a test may ask for; docs/figures.md defines them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from pipeline.records.timeline import BARGE_IN, DECISION_TO_AUDIO, RESPONSE_GAP, Sample
from pipeline.tools.configtest.bounds import Unit
from pipeline.tools.configtest.trace import Trace

Figure = Callable[[Trace], Iterable[Sample]]


def _samples(name: str) -> Figure:
    return lambda trace: trace.timeline.samples[name]


def _count(moments: Callable[[Trace], Sequence[float | None]]) -> Figure:
    def count(trace: Trace) -> Iterable[Sample]:
        found = moments(trace)
        yield Sample((found[-1] if found else None) or trace.length, len(found))

    return count


def _whole(of: Callable[[Trace], float]) -> Figure:
    return lambda trace: [Sample(trace.length, of(trace))]


FIGURES: dict[str, tuple[Unit, Figure]] = {
    RESPONSE_GAP: ("seconds", _samples(RESPONSE_GAP)),
    DECISION_TO_AUDIO: ("seconds", _samples(DECISION_TO_AUDIO)),
    BARGE_IN: ("seconds", _samples(BARGE_IN)),
    "turns": ("count", _count(lambda trace: [it.decided_at for it in trace.timeline.utterances])),
    "replies": ("count", _count(lambda trace: [it.started for it in trace.timeline.replies])),
    "interruptions": ("count", _count(lambda trace: [it.ended for it in trace.timeline.barge_ins])),
    "underruns": ("count", _whole(lambda trace: trace.underruns)),
    "length": ("seconds", _whole(lambda trace: trace.length)),
}
"""A figure's name → its unit and its samples in a call: a bound has to hold for each, and there has to be one."""
