"""Steps in a chain, and what they note."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from pipeline.call import Call
from pipeline.chain import Chain
from pipeline.frames import (
    Frame,
    Mark,
)
from pipeline.processor import Processor, on
from pipeline.testing import NoWire, run_virtual


class Step(Processor):
    """Notes what happens to it, in a list that all steps share."""

    def __init__(self, name: str, notes: list[Any]) -> None:
        super().__init__()
        self.name, self.notes = name, notes

    def note(self, what: str) -> None:
        self.notes.append((self.name, what))

    def close(self) -> None:
        self.note("closed")


class Passes(Step):
    """Sees marks and lets them pass."""

    @on(Mark)
    def mark(self, frame: Mark) -> None:
        self.note(frame.name)
        self.push(frame)


def chained(
    *kinds: type[Any], use: Callable[..., Any], tapping: Callable[..., Any] | None = lambda _: None
) -> tuple[Any, list[tuple[str, str]]]:
    """What the steps note while `use` does something with their chain; without `tapping`, the call's own is asked."""

    async def main() -> tuple[Any, list[tuple[str, str]]]:
        notes: list[tuple[str, str]] = []
        steps = [kind(name, notes) for kind, name in zip(kinds, "abcdef", strict=False)]
        call = Call("CA1", NoWire(), asyncio.get_running_loop())
        chain = Chain(steps, call, call.loop, tapping or call.tapping)
        result = use(chain)
        if asyncio.iscoroutine(result):
            await result
        return chain, notes

    return run_virtual(main())


def put(*frames: Frame) -> Callable[..., Any]:
    def use(chain: Chain) -> None:
        for frame in frames:
            chain.put(frame)

    return use
