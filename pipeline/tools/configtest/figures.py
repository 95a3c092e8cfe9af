"""The figures that a test may bound; docs/figures.md defines them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from pipeline.records.stopwatch import BARGE_IN, DECISION_TO_AUDIO, ONSET_TO_SILENT, RESPONSE_GAP, TALK_IN, Sample
from pipeline.tools.configtest.bounds import Unit
from pipeline.tools.configtest.event_log import EventLog

Figure = Callable[[EventLog], Iterable[Sample]]


def _samples(name: str) -> Figure:
    return lambda log: log.timeline.samples[name]


def _count(moments: Callable[[EventLog], Sequence[float | None]]) -> Figure:
    def count(log: EventLog) -> Iterable[Sample]:
        found = moments(log)
        yield Sample((found[-1] if found else None) or log.length, len(found))

    return count


def _whole(of: Callable[[EventLog], float]) -> Figure:
    return lambda log: [Sample(log.length, of(log))]


FIGURES: dict[str, tuple[Unit, Figure]] = {
    RESPONSE_GAP: ("seconds", _samples(RESPONSE_GAP)),
    DECISION_TO_AUDIO: ("seconds", _samples(DECISION_TO_AUDIO)),
    BARGE_IN: ("seconds", _samples(BARGE_IN)),
    ONSET_TO_SILENT: ("seconds", _samples(ONSET_TO_SILENT)),
    "turns": ("count", _count(lambda log: [it.decided_at for it in log.timeline.utterances])),
    "replies": ("count", _count(lambda log: [it.started for it in log.timeline.replies])),
    "interruptions": ("count", _count(lambda log: [it.ended for it in log.timeline.barge_ins])),
    "talk_ins": ("count", _count(lambda log: [it.at for it in log.timeline.samples[TALK_IN]])),
    "held": ("count", _count(lambda log: [it.at for it in log.timeline.holds.all])),
    "gone_on": ("count", _count(lambda log: log.timeline.holds.gone_on)),
    "nods": ("count", _count(lambda log: log.timeline.holds.nods)),
    "resumed": ("count", _count(lambda log: log.timeline.holds.resumed)),
    "underruns": ("count", _whole(lambda log: log.underruns)),
    "length": ("seconds", _whole(lambda log: log.length)),
}
"""The unit of each figure, and a function of its samples in a call; a bound has to hold for each, of one at least."""
