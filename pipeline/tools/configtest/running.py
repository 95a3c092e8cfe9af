"""Playing a test, and judging it: what failed, what came instead, what happened around it."""

from __future__ import annotations

import msgspec

from pipeline.faults import FAILURES, Place
from pipeline.phone.script import Wait
from pipeline.tools.configtest.playing import play
from pipeline.tools.configtest.suite import Case, Send
from pipeline.tools.configtest.trace import Trace

REACH = 0.5  # seconds of events that are shown before and after
TROUBLE = (*FAILURES, AssertionError)  # of opening an agent, and of a virtual loop


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a test failed: what was expected, what came, and the events around it."""

    place: Place
    text: str
    came: tuple[str, ...] = ()
    around: tuple[str, ...] = ()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a test went; `seconds` is the length of its call."""

    file: str
    name: str
    place: Place
    seconds: float = 0.0
    failures: tuple[Failure, ...] = ()


def run(case: Case) -> Outcome:
    """Play a test's call, and say how it went."""
    try:
        trace = play(case.config, case.send)
        failures = judge(case, trace) or shown_by_silence(case, trace)
    except TROUBLE as error:
        text = f"the call could not be played: {error or type(error).__name__}"
        return _outcome(case, Trace(), [Failure(place=case.place, text=text)])
    return _outcome(case, trace, failures)


def judge(case: Case, trace: Trace) -> list[Failure]:
    """What is wrong with a test's call."""
    failures = [
        Failure(place=case.place, text=fault, around=tuple(trace.around(at, REACH))) for at, fault in trace.faults[:1]
    ]
    if trace.missed is not None:
        number, why = trace.missed
        send = case.send[number]
        failures.append(
            Failure(
                place=send.place,
                text=f"`{send.what}` was not done: {why}",
                around=tuple(trace.around(trace.length, REACH)),
            )
        )
    for expectation in case.expect:
        if (miss := expectation.check(trace)) is not None:
            around = tuple(trace.around(miss.at, REACH))
            text = f"expected {expectation}"
            failures.append(Failure(place=expectation.place, text=text, came=miss.came, around=around))
    return failures


def shown_by_silence(case: Case, trace: Trace) -> list[Failure]:
    """That a test passes just as well if its caller does nothing: then it shows nothing of what they do."""
    if not case.stimulates:
        return []
    silence = Send(place=case.place, what="silence", action=Wait(trace.length))
    quiet = play(case.config, (silence,))
    if any(expectation.check(quiet) for expectation in case.expect):
        return []
    text = "this test passes just as well if the caller does nothing: expect something that answers what they do"
    return [Failure(place=case.place, text=text)]


def _outcome(case: Case, trace: Trace, failures: list[Failure]) -> Outcome:
    seconds = round(trace.length, 3)
    return Outcome(file=case.place.file, name=case.name, place=case.place, seconds=seconds, failures=tuple(failures))
