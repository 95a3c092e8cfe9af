"""The limits of calls by caller and by time."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.server.caller_limits import HOUR, Callers, OverLimit
from pipeline.vocabulary import Refusal
from tests.kit.parrot import config

ONE, OTHER = "+972501234567", "+972501234568"


def refused(callers: Callers, caller: str, now: float = 0.0, ages: tuple[float, ...] = (), **server: Any) -> str:
    """The reason for which a call is refused; blank if it is taken."""
    try:
        callers.check(config(**server), caller, now, ages)
    except OverLimit as over:
        return over.reason
    return ""


@pytest.mark.fault("I-7")
def test_one_number_has_so_many_calls_at_a_time() -> None:
    """However it is written; another number is not touched, and an end makes room."""
    callers, mine = Callers(), config(per_caller=2)
    for each in ("CA1", "CA2"):
        callers.began(mine, each, ONE, 0.0)
    assert refused(callers, "+972 50-123-4567", per_caller=2) == Refusal.CALLER
    assert refused(callers, OTHER, per_caller=2) == ""
    callers.ended(mine, "CA1", ONE, 5.0, 0.0)
    assert refused(callers, ONE, per_caller=2) == ""


@pytest.mark.fault("I-7")
def test_one_number_calls_so_often_in_an_hour() -> None:
    """Calls of an hour ago do not count."""
    callers, mine = Callers(), config(per_caller_hour=2)
    for at in (0.0, 10.0):
        callers.began(mine, f"CA{at}", ONE, at)
        callers.ended(mine, f"CA{at}", ONE, at + 1, at)
    assert refused(callers, ONE, 20.0, per_caller_hour=2) == Refusal.CALLER_HOUR
    assert refused(callers, ONE, HOUR + 1, per_caller_hour=2) == ""


@pytest.mark.fault("I-7")
@pytest.mark.parametrize("number", ["", "anonymous", "Anonymous", "+266696687", "sip:anonymous@anonymous.invalid"])
def test_withheld_numbers_are_one_caller_only_if_told_so(number: str) -> None:
    """Otherwise strangers would shut each other out."""
    for as_one, reason in ((False, ""), (True, Refusal.CALLER)):
        callers, mine = Callers(), config(per_caller=1, withheld_as_one=as_one)
        callers.began(mine, "CA1", "anonymous", 0.0)
        assert refused(callers, number, per_caller=1, withheld_as_one=as_one) == reason


@pytest.mark.fault("I-7")
def test_the_time_of_all_calls_in_an_hour_is_bounded() -> None:
    """Calls that run count as far as they have come; calls of an hour ago do not count."""
    callers, mine = Callers(), config(call_time_per_hour=100.0)
    callers.began(mine, "CA1", ONE, 0.0)
    callers.ended(mine, "CA1", ONE, 60.0, 0.0)
    assert refused(callers, OTHER, 61.0, (30.0,), call_time_per_hour=100.0) == ""
    assert refused(callers, OTHER, 61.0, (40.0,), call_time_per_hour=100.0) == Refusal.CALL_TIME
    assert refused(callers, OTHER, 61.0 + HOUR, (40.0,), call_time_per_hour=100.0) == ""
