from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pipeline.agent import CLOSING, finish
from pipeline.call import Call
from pipeline.chain import Chain
from pipeline.frames import Clear, Dtmf, Mark, Transcript
from pipeline.processor import Processor, on
from pipeline.testing import NoWire, run_virtual
from pipeline.worker import MOST_FRAMES, Worker
from tests.kit.working import marks, work


class Counts(Worker):
    """Pushes a mark each second, as many as its transcript says; notes what it opens and closes."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[Any] = []

    @on(Transcript)
    def ask(self, frame: Transcript) -> None:
        self.start(frame.turn, self.count(frame.text, int(frame.confidence)))

    async def count(self, name: str, upto: int) -> AsyncGenerator[Any, None]:
        self.notes.append(f"opened {name}")
        try:
            for number in range(1, upto + 1):
                await asyncio.sleep(1)
                yield Mark(f"{name}{number}")
            if name == "fails":
                raise OSError("gone")
        finally:
            self.notes.append(f"closed {name}")

    @on(Dtmf)
    def end(self, frame: Dtmf) -> None:
        self.stop()


def test_what_work_yields_is_pushed() -> None:
    """Each frame when it is made; what was open is closed at the end."""
    worker = Counts()
    assert marks(worker, [work("a", 2), 1.5]) == ["a1"]
    worker = Counts()
    assert marks(worker, [work("a", 2), 2.5]) == ["a1", "a2"]
    assert worker.notes == ["opened a", "closed a"] and not worker.working


class Prompt(Worker):
    """Pushes a mark for each transcript, at once."""

    @on(Transcript)
    def ask(self, frame: Transcript) -> None:
        self.start(frame.turn, self.answer(frame.text))

    async def answer(self, name: str) -> AsyncGenerator[Any, None]:
        yield Mark(name)


def test_work_that_need_not_wait_does_not() -> None:
    """Its frames leave before the loop turns."""
    assert marks(Prompt(), [work("a", 0)]) == ["a"]


def test_new_work_ends_the_old() -> None:
    """One piece of work at a time."""
    worker = Counts()
    assert marks(worker, [work("a", 9), 2.5, work("b", 2), 5.0]) == ["a1", "a2", "b1", "b2"]
    assert worker.notes == ["opened a", "closed a", "opened b", "closed b"]


def test_stopped_work_pushes_nothing_more() -> None:
    """And closes what it had open; stopping twice is stopping once."""
    worker = Counts()
    assert marks(worker, [work("a", 9), 2.5, Dtmf("1"), Dtmf("1"), 5.0]) == ["a1", "a2"]
    assert worker.notes == ["opened a", "closed a"] and not worker.working


def test_work_for_an_older_turn_is_void() -> None:
    """Once the turn has moved on, its first frame is its last."""
    worker = Counts()
    assert marks(worker, [work("a", 9, turn=3), 5.0], turn=4) == []
    assert worker.notes == ["opened a", "closed a"] and worker.call.faults == 0


def test_the_end_of_the_call_ends_the_work() -> None:
    """Whatever it was doing is closed before the call is."""
    worker = Counts()
    marks(worker, [work("a", 9), 2.5])
    assert worker.notes == ["opened a", "closed a"]


@pytest.mark.fault("G1")
def test_work_that_fails_is_a_fault_of_its_step() -> None:
    """What it had yielded stays; the next work runs."""
    worker = Counts()
    assert marks(worker, [work("fails", 1), 2.0, work("b", 1), 2.0]) == ["fails1", "b1"]
    assert worker.call.faults == 1


def test_work_that_fails_after_it_was_ended_is_nobodys_business() -> None:
    """Neither that of an older turn nor that which has been stopped."""
    worker = Counts()
    marks(worker, [work("fails", 0, turn=3), 1.0], turn=4)
    assert worker.call.faults == 0


@pytest.mark.fault("G1")
@pytest.mark.parametrize("error", [ValueError, SystemExit, asyncio.CancelledError, GeneratorExit, MemoryError])
@pytest.mark.parametrize("wait", [0.0, 1.0])
def test_work_may_raise_anything(error: type[BaseException], wait: float) -> None:
    """It is a fault, also if it looks like a cancellation that was not asked for; the next work runs."""

    class Raises(Counts):
        async def count(self, name: str, upto: int) -> AsyncGenerator[Any, None]:
            if wait:
                await asyncio.sleep(wait)
            if upto == 0:
                raise error("on purpose")
            yield Mark(name)

    worker = Raises()
    assert marks(worker, [work("a", 0), 2.0, work("b", 1), 2.0]) == ["b"]
    assert worker.call.faults == 1


@pytest.mark.parametrize("error", [ValueError, asyncio.CancelledError])
def test_a_spawned_task_may_raise_anything(error: type[BaseException]) -> None:
    """It is a fault of its step; one that the call's end cancels is none."""

    class Spawns(Counts):
        @on(Transcript)
        def ask(self, frame: Transcript) -> None:
            self.spawn(self.raises(frame.text))
            self.spawn(asyncio.sleep(60))

        async def raises(self, name: str) -> None:
            await asyncio.sleep(1)
            raise error(name)

    worker = Spawns()
    assert marks(worker, [work("a", 0), 2.0]) == [] and worker.call.faults == 1


class Floods(Counts):
    """Yields without end, and without a wait."""

    async def count(self, name: str, upto: int) -> AsyncGenerator[Any, None]:
        while True:
            yield Mark(name)


@pytest.mark.fault("G4")
def test_work_without_an_end_is_ended() -> None:
    """It is a fault, and the next work runs."""
    worker = Floods()
    assert len(marks(worker, [work("a", 0), 1.0])) == MOST_FRAMES and worker.call.faults == 1


@pytest.mark.fault("G4")
@pytest.mark.parametrize("wrong", [None, "words", Clear(1)])
def test_work_that_yields_no_frame_is_a_fault(wrong: Any) -> None:
    """It is ended by its mistake, as by any other, so that `failed` can find words for the caller."""

    class Wrong(Answers):
        async def count(self, name: str, upto: int) -> AsyncGenerator[Any, None]:
            yield wrong

    [told] = marks(Wrong(), [work("a", 0, turn=2), 1.0], turn=2)
    assert told.startswith("2 `push` takes a frame")


class Answers(Counts):
    """Says so itself when it fails."""

    def failed(self, turn: int, error: Exception) -> None:
        self.push(Mark(f"{turn} {error}"))


def test_a_worker_may_answer_for_its_failures() -> None:
    """`failed` is called inside the chain, with the turn that the work was for."""
    assert marks(Answers(), [work("fails", 1, turn=2), 2.0], turn=2) == ["fails1", "2 gone"]


class Stubborn(Worker):
    """Does not let itself be cancelled for so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    @on(Transcript)
    def ask(self, frame: Transcript) -> None:
        self.start(frame.turn, self.hold())

    async def hold(self) -> AsyncGenerator[Any, None]:
        until = self.now + 1.0 + self.seconds
        while self.now < until:
            try:
                await asyncio.sleep(until - self.now)
            except asyncio.CancelledError:
                continue
        yield Mark("too late")


def test_what_ended_work_still_yields_is_dropped() -> None:
    """Even if it does not let itself be ended: only the newest work is heard."""
    worker = Stubborn(0.5)
    assert marks(worker, [work("", 0), 0.5, work("", 0), 1.2]) == []
    worker = Stubborn(0.5)
    assert marks(worker, [work("", 0), 0.5, work("", 0), 1.6]) == ["too late"]


@asynccontextmanager
async def chain_of(step: Stubborn) -> AsyncIterator[tuple[Chain, list[str]]]:
    loop = asyncio.get_running_loop()
    told = []
    call = Call("CA1", NoWire(), loop, watchers=(lambda at, event: told.append(event.what),))
    chain = Chain([step], call, loop)
    yield chain, told
    await asyncio.sleep(60)


@pytest.mark.fault("G2")
@pytest.mark.parametrize(("seconds", "took"), [(0.5, 0.5), (CLOSING - 0.1, CLOSING - 0.1), (30.0, CLOSING)])
def test_a_call_waits_two_seconds_for_its_workers(seconds: float, took: float) -> None:
    """Not longer: what does not end is counted, and what it makes then goes nowhere."""

    async def main() -> None:
        async with chain_of(Stubborn(seconds)) as (chain, told):
            chain.put(work("", 0))
            await asyncio.sleep(1)
            began = chain.loop.time()
            await finish(chain, "stop")
            assert chain.loop.time() - began == pytest.approx(took)
            assert ("late" in told) is (seconds > CLOSING)
            assert chain.call.state == "ENDED" and chain.call.faults == 0

    run_virtual(main())


def test_a_worker_is_a_processor() -> None:
    """Whatever waits is one."""
    assert issubclass(Worker, Processor)
