"""The hold before an effect."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from pipeline.loop.virtual import run_virtual
from pipeline.uses.hold import Hold

Does = Callable[[Hold], None]


def decided(audible: bool, *events: tuple[float, Does], behind: bool = False) -> tuple[bool, float]:
    """Whether an effect that is held for a second begins, and when it is known."""

    async def main() -> tuple[bool, float]:
        loop = asyncio.get_running_loop()
        hold, began = Hold(loop, 1.0, audible, behind), loop.time()
        for at, does in events:
            loop.call_later(at, does, hold)
        return await hold.passed(), round(loop.time() - began, 3)

    return run_virtual(main())


@pytest.mark.parametrize(
    ("audible", "events", "begins", "after"),
    [
        (True, [], True, 1.0),
        (False, [(0.5, Hold.start)], True, 1.5),
        (True, [(0.5, Hold.start)], True, 1.0),  # it is under way
        (False, [], True, 4.0),  # its sentence never becomes audible
        (True, [(0.5, Hold.withdraw)], False, 0.5),
        (True, [(0.5, Hold.pause), (3.0, Hold.resume)], True, 4.0),
        (True, [(0.5, Hold.pause), (2.0, Hold.withdraw)], False, 2.0),
        (True, [(1.0, Hold.pause), (2.0, Hold.resume)], True, 3.0),  # in the tick in which it passes
    ],
)
def test_the_words_of_the_caller_withdraw_an_effect(
    audible: bool, events: list[tuple[float, Does]], begins: bool, after: float
) -> None:
    """Their voice pauses the hold, which begins anew if there were none."""
    assert decided(audible, *events) == (begins, after)


def test_an_effect_behind_another_is_held_from_the_end_of_that_one() -> None:
    """And not while the caller speaks then."""
    assert decided(True, (3.0, Hold.free), behind=True) == (True, 4.0)
    assert decided(True, (2.0, Hold.pause), (3.0, Hold.free), (6.0, Hold.resume), behind=True) == (True, 7.0)
