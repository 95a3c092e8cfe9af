"""The pause before a reply."""

from __future__ import annotations

import asyncio

from pipeline.call import Call
from pipeline.events import Event, FirstAudio
from pipeline.testing import NoWire, run_virtual
from processors.pacer.breath import Breath
from processors.pacer.settings import PacerSettings


def test_a_pause_lies_between_its_bounds_and_ends_with_the_first_sound() -> None:
    """It counts from the end of the caller's turn, and a reply without a turn before it, a greeting, tells nothing."""
    told: list[Event] = []

    async def main() -> None:
        call = Call("CA1", NoWire(), asyncio.get_running_loop(), watchers=(lambda at, event: told.append(event),))
        breath = Breath(call, PacerSettings())
        breath.end(0, 1.0)
        breath.draw(1, 10.0)
        assert 10.22 <= breath.until <= 10.36
        breath.end(1, 10.5)
        assert told == [FirstAudio(1, 0.5, breath.until - 10.0)]

    run_virtual(main())


def test_a_pause_begins_when_the_turn_was_likely_over() -> None:
    """A long silence is not made longer, and a likely end of another turn counts for nothing."""

    async def main() -> None:
        breath = Breath(Call("CA1", NoWire(), asyncio.get_running_loop()), PacerSettings())
        breath.may_begin(1, 10.0)
        breath.draw(1, 10.1)
        assert 10.22 <= breath.until <= 10.36
        breath.draw(1, 10.8)
        assert breath.until == 10.8
        breath.draw(2, 11.0)
        assert 11.22 <= breath.until <= 11.36

    run_virtual(main())
