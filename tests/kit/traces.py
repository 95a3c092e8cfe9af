"""The events of a call, made up."""

from __future__ import annotations

from hypothesis import strategies as st

from pipeline.faults import Place
from pipeline.tools.configtest.bounds import Text
from pipeline.tools.configtest.event_log import Event, EventLog
from pipeline.tools.configtest.patterns import Pattern

AT = Place("it.test.yaml", 1, 1)


def said(text: str) -> Pattern:
    return Pattern("log", "", (("text", Text("equals", text)),))


events = st.lists(st.tuples(st.integers(0, 50), st.sampled_from("ab")), max_size=20).map(
    lambda pairs: [Event(at / 10, "log", "", {"text": text}) for at, text in sorted(pairs)]
)


def trace(of: list[Event]) -> EventLog:
    made = EventLog(length=10.0)
    made.events = of
    return made
