"""Attempts at a provider that fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from pipeline.frames import Mark, Transcript
from pipeline.processor import on
from pipeline.worker import Worker
from tests.kit.working import marks, work


class Attempts(Worker):
    """Tries one source after the other."""

    @on(Transcript)
    def ask(self, frame: Transcript) -> None:
        self.start(frame.turn, self.both())

    async def both(self) -> AsyncGenerator[Any, None]:
        for name, fails in (("a", True), ("b", False)):
            with self.attempt():
                async for mark in self.source(name, fails):
                    yield mark

    async def source(self, name: str, fails: bool) -> AsyncGenerator[Any, None]:
        yield Mark(name)
        await asyncio.sleep(1)
        if fails:
            raise OSError("gone")
        yield Mark(name)


def test_an_attempt_that_fails_is_noted_and_the_work_goes_on() -> None:
    """With what it had given, and what stands in for it."""
    worker = Attempts()
    assert marks(worker, [work("", 0), 3.0]) == ["a", "b", "b"]
    assert worker.call.faults == 1


def test_an_attempt_that_is_cancelled_is_no_failure() -> None:
    """The end of a call is nobody's fault."""
    worker = Attempts()
    assert marks(worker, [work("", 0), 0.5]) == ["a"]
    assert worker.call.faults == 0
