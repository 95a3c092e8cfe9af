"""Play a test and judge it: its failures, the events that came instead, and those around them."""

from __future__ import annotations

import msgspec

from pipeline.faults import FAILURES, Place
from pipeline.phone.script import Wait
from pipeline.tools.configtest.event_log import EventLog
from pipeline.tools.configtest.player import play
from pipeline.tools.configtest.suite import Case, Send

REACH = 0.5  # seconds of events that are shown before and after
TROUBLE = (*FAILURES, AssertionError)  # errors of opening an agent, and of a virtual loop


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A failure of a test: a sentence, the events that came instead, and those around it."""

    place: Place
    text: str
    came: tuple[str, ...] = ()
    around: tuple[str, ...] = ()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a test; `seconds` is the length of its call."""

    file: str
    name: str
    place: Place
    seconds: float = 0.0
    failures: tuple[Failure, ...] = ()


def run(case: Case) -> Outcome:
    """Play a test's call and return its result; a call that cannot be played is a failure, not an error."""
    try:
        log = play(case.config, case.send)
        failures = judge(case, log) or shown_by_silence(case, log)
    except TROUBLE as error:
        said = "; ".join(line.strip() for line in str(error).splitlines()) or type(error).__name__
        text = f"the call could not be played: {said}"
        return _outcome(case, EventLog(), [Failure(place=case.place, text=text)])
    return _outcome(case, log, failures)


def judge(case: Case, log: EventLog) -> list[Failure]:
    """Return the failures of a call: the agent's first fault, a step not done, and each missed expectation."""
    failures = [
        Failure(place=case.place, text=fault, around=tuple(log.around(at, REACH))) for at, fault in log.faults[:1]
    ]
    if log.missed is not None:
        number, why = log.missed
        send = case.send[number]
        failures.append(
            Failure(
                place=send.place,
                text=f"`{send.what}` was not done: {why}",
                around=tuple(log.around(log.length, REACH)),
            )
        )
    for expectation in case.expect:
        if (miss := expectation.check(log)) is not None:
            around = tuple(log.around(miss.at, REACH))
            text = f"expected {expectation}"
            failures.append(Failure(place=expectation.place, text=text, came=miss.came, around=around))
    return failures


def shown_by_silence(case: Case, log: EventLog) -> list[Failure]:
    """Return a failure if the test passes with a caller that does nothing, too: then it shows nothing of their actions.

    Plays a second call, of the same length, if the first caller did more than wait and hang up.
    """
    if not case.stimulates:
        return []
    silence = Send(place=case.place, what="silence", action=Wait(log.length))
    quiet = play(case.config, (silence,))
    if any(expectation.check(quiet) for expectation in case.expect):
        return []
    text = "this test passes just as well if the caller does nothing: expect something that answers what they do"
    return [Failure(place=case.place, text=text)]


def _outcome(case: Case, log: EventLog, failures: list[Failure]) -> Outcome:
    seconds = round(log.length, 3)
    return Outcome(file=case.place.file, name=case.name, place=case.place, seconds=seconds, failures=tuple(failures))
