"""Log lines that strangers cause."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from pipeline.log.throttle import Throttle
from pipeline.testing import run_virtual


def told(work: Callable[[Throttle, Callable[[str, str], None]], None], seconds: float = 300.0) -> list[str]:
    """The lines of some kinds that are written in this time, each with its moment and the number held back."""

    async def main() -> list[str]:
        loop, lines = asyncio.get_running_loop(), list[str]()
        start, throttle = loop.time(), Throttle(loop)

        def put(kind: str, text: str) -> None:
            throttle.put(kind, lambda more: lines.append(f"{loop.time() - start:.0f} {text} {more}"))

        work(throttle, put)
        await asyncio.sleep(seconds)
        throttle.close()
        return lines

    return run_virtual(main())


def test_a_burst_is_two_lines() -> None:
    """The first at once, and a minute later the latest, with the number of those between."""

    def burst(_: Throttle, put: Callable[[str, str], None]) -> None:
        for number in range(15):
            put("a", str(number))

    assert told(burst) == ["0 0 0", "60 14 14"]


@pytest.mark.fault("G13")
def test_a_flood_is_a_line_a_minute() -> None:
    """However long it lasts, and nothing of it is left out of the numbers."""

    def flood(_: Throttle, put: Callable[[str, str], None]) -> None:
        loop = asyncio.get_running_loop()
        for second in range(150):
            loop.call_later(second + 0.5, put, "a", "x")

    lines = told(flood)
    assert [line.split()[0] for line in lines] == ["0", "60", "120", "180"]
    assert sum(int(line.split()[2]) for line in lines) == 149


def test_kinds_do_not_hide_each_other() -> None:
    """Each has a minute of its own."""

    def mixed(_: Throttle, put: Callable[[str, str], None]) -> None:
        for kind, text in (("a", "x"), ("b", "y"), ("a", "z")):
            put(kind, text)

    assert told(mixed) == ["0 x 0", "0 y 0", "60 z 1"]


def test_a_kind_that_was_silent_is_heard_at_once() -> None:
    """After a minute without one, the next is a first one."""

    def twice(_: Throttle, put: Callable[[str, str], None]) -> None:
        put("a", "x")
        asyncio.get_running_loop().call_later(61, put, "a", "y")

    assert told(twice) == ["0 x 0", "61 y 0"]


def test_what_is_held_back_is_told_at_the_end() -> None:
    """A server that stops within the minute says what it held back."""

    def twice(_: Throttle, put: Callable[[str, str], None]) -> None:
        put("a", "x")
        put("a", "y")

    assert told(twice, 1.0) == ["0 x 0", "1 y 1"]


def test_once_is_once() -> None:
    """However often, and however long it goes on."""
    lines: list[int] = []

    def often(throttle: Throttle, _: Callable[[str, str], None]) -> None:
        for second in range(0, 200, 50):
            asyncio.get_running_loop().call_later(second, lambda: throttle.put("a", lines.append, once=True))

    told(often)
    assert lines == [0]
