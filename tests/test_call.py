from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.call import MAX_FAULTS, Call, IllegalMove
from pipeline.events import Refused
from pipeline.frames import Clear, Mark
from pipeline.processor import Processor
from pipeline.testing import NoWire, run_virtual
from pipeline.vocabulary import MOVES, Refusal, State


def called(use: Callable[..., Any], sid: str = "CA1", **options: Any) -> Any:
    """What `use` makes of a call."""

    async def main() -> Any:
        return use(Call(sid, NoWire(), asyncio.get_running_loop(), **options))

    return run_virtual(main())


def watched(use: Callable[..., Any]) -> list[Any]:
    """What the watchers of a call are told."""
    told: list[Any] = []
    called(use, watchers=(lambda at, event: told.append(event),))
    return told


def test_a_call_listens_at_first() -> None:
    """Nothing has been said, nothing is wrong."""
    call = called(lambda call: call)
    assert (call.state, call.cause, call.faults, call.refused) == ("LISTENING", "", 0, {})


def test_a_state_is_entered_once() -> None:
    """Entering the one that it is in is no event."""
    told = watched(lambda call: [call.becomes(state) for state in ("THINKING", "THINKING", "SPEAKING", "LISTENING")])
    assert [(it.was, it.now) for it in told] == [
        ("LISTENING", "THINKING"),
        ("THINKING", "SPEAKING"),
        ("SPEAKING", "LISTENING"),
    ]


@pytest.mark.parametrize("was", State)
@pytest.mark.parametrize("now", State)
def test_a_call_goes_from_state_to_state_as_it_may(was: Any, now: Any) -> None:
    """Any other move is refused, names what was expected, and leaves the call as it was."""

    def use(call: Call) -> Any:
        call.state = was
        if now == was or now in MOVES[was]:
            call.becomes(now)
            return call.state
        with pytest.raises(IllegalMove) as refused:
            call.becomes(now)
        expected = " or ".join(MOVES[was]) or "no other state"
        assert str(refused.value) == f"from {was}: expected {expected}, got {now}"
        assert call.state == was
        return now

    assert called(use) == now


def test_the_first_cause_counts() -> None:
    """Whatever ends it afterwards."""

    def use(call: Call) -> Call:
        call.hang_up("goodbye")
        call.hang_up("faults")
        call.ended("stop")
        return call

    call = called(use)
    assert (call.cause, call.state, call.wire.hung_up) == ("goodbye", "ENDED", "goodbye")


def test_a_call_that_just_ends_has_that_cause() -> None:
    """The stream's end is why."""

    def use(call: Call) -> str:
        call.ended("stop")
        return call.cause

    assert called(use) == "stop"


@pytest.mark.fault("G13")
def test_ten_faults_end_a_call(log: list[str]) -> None:
    """Nine do not; each is logged with its step, those after the tenth are only counted."""

    def fail(times: int) -> Any:
        def use(call: Call) -> Call:
            step = Processor()
            step.where = "a.yaml:7"
            for _ in range(times):
                call.fault(ValueError("no"), str(step))
            return call

        return called(use)

    assert fail(MAX_FAULTS - 1).wire.hung_up == ""
    log.clear()
    call = fail(MAX_FAULTS + 5)
    assert call.wire.hung_up == "faults" and call.faults == 15
    assert log == ["FAULT in Processor (a.yaml:7): ValueError"] * 10


def test_a_fault_of_nobody_is_the_chains(log: list[str]) -> None:
    """It has to be somebody's."""
    called(lambda call: call.fault(ValueError("no"), "the chain"))
    assert log == ["FAULT in the chain: ValueError"]


def test_refusals_are_counted_and_the_first_of_a_kind_is_logged(log: list[str]) -> None:
    """A flood is one line."""

    def use(call: Call) -> list[int]:
        return [call.refuse(Refusal.JSON, "at byte 7") for _ in range(3)] + [call.refuse(Refusal.EVENT)]

    assert called(use) == [1, 2, 3, 1]
    assert log == ["REFUSED json at byte 7", "REFUSED event "]


def test_watchers_see_each_frame_once() -> None:
    """However many steps it passes; an equal one that follows is another."""

    def use(call: Call) -> None:
        one, other = Mark("1"), Mark("1")
        for passing in (one, one, other, Clear(1), one):
            call.saw("", None, passing)

    assert [it.what for it in watched(use)] == ["Mark", "Mark", "Clear", "Mark"]


def test_what_is_counted_is_told_of_alone() -> None:
    """Who counts one kind of event hears of no other."""
    told = []
    counts = {Refused: lambda at, event: told.append(event)}
    called(lambda call: [call.refuse(Refusal.JSON), call.becomes("SPEAKING")], counts=counts)
    assert told == [Refused(Refusal.JSON)]


def test_chance_is_the_calls_own() -> None:
    """The same sid draws the same breaths, another sid others."""
    draws = [called(lambda call: [call.random.random() for _ in range(3)], sid) for sid in ("CA1", "CA1", "CA2")]
    assert draws[0] == draws[1] != draws[2]


@pytest.mark.parametrize("options", [{}, {"language": "he-IL", "caller": "+1", "called": "+2", "config": "demo"}])
def test_a_call_knows_whose_it_is(options: dict[str, Any]) -> None:
    """What it was told."""
    call = called(lambda call: call, **options)
    assert all(getattr(call, name) == value for name, value in options.items())
