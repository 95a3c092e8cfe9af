from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.agent import Agent, finish
from pipeline.call import Call
from pipeline.chain import Chain
from pipeline.config import Config
from pipeline.frames import (
    AudioIn,
    CallEnded,
    Clear,
    Control,
    Dtmf,
    Hangup,
    Interrupt,
    Mark,
    SpeechStarted,
)
from pipeline.log.setup import messages
from pipeline.processor import Processor, on
from pipeline.routes import misdirected
from pipeline.testing import NoWire, play, run_virtual
from tests.kit.chain import chain
from tests.kit.chained import Passes, Step, chained, put

ERRORS = [ValueError, SystemExit, asyncio.CancelledError, GeneratorExit, RecursionError, MemoryError]


def both(*uses: Callable[[Chain], None]) -> Callable[[Chain], None]:
    def use(chain: Chain) -> None:
        for each in uses:
            each(chain)

    return use


def log_at_once(chain: Chain) -> None:
    chain.call.log.wait_no_more()


def mistake(wrong: Any, method: str) -> TypeError:
    return misdirected(type(wrong), method)


class Asks(Step):
    """Raises a Clear for each mark, before it lets the mark pass, and a Hangup after."""

    @on(Mark)
    def mark(self, frame: Mark) -> None:
        self.raise_up(Clear(1))
        self.push(frame)
        self.raise_up(Hangup(frame.name))


class Hears(Passes):
    """Sees controls, too."""

    @on(Clear, Hangup)
    def control(self, control: Any) -> None:
        self.note(type(control).__name__)


class Breaks(Step):
    """Fails with each mark, after it has raised a Clear."""

    @on(Mark)
    def mark(self, frame: Mark) -> None:
        self.raise_up(Clear(1))
        raise ValueError(frame.name)


def test_a_frame_goes_down_in_order() -> None:
    """Each step that takes it handles it before `put` returns."""
    assert chained(Passes, Passes, Passes, use=put(Mark("1"), Mark("2")))[1] == [
        (step, name) for name in "12" for step in "abc"
    ]


def test_the_end_of_the_chain_swallows() -> None:
    """A frame that nobody took is no error."""
    chain, notes = chained(Step, use=put(Dtmf("1"), Mark("1")))
    assert notes == [] and chain.call.faults == 0


def test_controls_rise_once_the_frame_has_left() -> None:
    """In the order in which they were raised, in the same tick, to every step above, nearest first."""
    assert chained(Hears, Hears, Asks, Hears, use=put(Mark("1")))[1] == [
        ("a", "1"),
        ("b", "1"),
        ("d", "1"),
        ("b", "Clear"),
        ("a", "Clear"),
        ("b", "Hangup"),
        ("a", "Hangup"),
    ]


def test_a_control_visits_every_step_above() -> None:
    """A handler cannot keep it from the others."""

    class Breaks(Hears):
        def control(self, control: Control) -> None:
            super().control(control)

    notes = chained(Hears, Breaks, Asks, use=put(Mark("1")))[1]
    assert [step for step, what in notes if what == "Clear"] == ["b", "a"]


def test_what_is_entered_while_something_crosses_waits_its_turn() -> None:
    """One thing at a time, each until it is done."""

    class Enters(Step):
        @on(Mark)
        def mark(self, frame: Mark) -> None:
            chain: Any = self.chain
            chain.put(Dtmf(frame.name))
            self.note("entered")
            self.push(frame)

        @on(Dtmf)
        def key(self, frame: Dtmf) -> None:
            self.note("key")

    assert chained(Enters, Passes, use=put(Mark("1"), Mark("2")))[1] == [
        ("a", "entered"),
        ("b", "1"),
        ("a", "key"),
        ("a", "entered"),
        ("b", "2"),
        ("a", "key"),
    ]


# ---- mistakes -----------------------------------------------------------------------------------------------------


@pytest.mark.fault("G1")
def test_a_frame_goes_on_past_the_step_that_raises_at_it() -> None:
    """The controls that it had raised still rise, the step above goes on, the fault is counted."""
    chain, notes = chained(Hears, Breaks, Passes, use=put(Mark("1"), Dtmf("1"), Mark("2")))
    assert notes == [("a", "1"), ("c", "1"), ("a", "Clear"), ("a", "2"), ("c", "2"), ("a", "Clear")]
    assert chain.call.faults == 2


@pytest.mark.fault("G1")
@pytest.mark.parametrize("error", ERRORS)
def test_a_step_may_raise_anything(error: type[BaseException]) -> None:
    """In a handler before and after it pushes, at a control, in a timer and at the end: a fault each, and no more."""

    class Raises(Passes):
        def mark(self, frame: Mark) -> None:
            self.later(1.0, self.ring)
            if frame.name == "late":
                self.push(frame)
            self.ring()

        @on(Clear)
        def ring(self, control: Any = None) -> None:
            raise error("on purpose")

        def close(self) -> None:
            raise error("cannot close")

    async def use(chain: Chain) -> None:
        for name in ("early", "late"):
            chain.put(Mark(name))
        chain.raise_up(Clear(1))
        await asyncio.sleep(2)
        chain.put(Mark("next"))
        chain.close("stop")

    chain, notes = chained(Passes, Raises, Passes, use=use)
    marks = [name for name in ("early", "late", "next") for _ in "ac"]
    assert [what for _, what in notes] == [*marks, "closed", "closed"]
    assert chain.call.faults == 2 + 1 + 2 + 1 + 1


@pytest.mark.parametrize("error", ERRORS)
def test_a_step_that_cannot_begin_leaves_its_call_unmade_and_no_other(error: type[BaseException]) -> None:
    """It is counted, and raised as an error that ends neither a task nor the process."""

    class Unborn(Processor):
        def begin(self) -> None:
            raise error("on purpose")

    async def main() -> None:
        call = Call("CA1", NoWire(), asyncio.get_running_loop())
        with pytest.raises(Exception, match="on purpose"):
            Chain([Unborn()], call, call.loop)
        assert call.faults == 1

    run_virtual(main())


WRONG = [
    ("push", None, "`push` takes a frame, and got None"),
    ("push", Mark, "`push` takes a frame, and got a class"),
    ("push", b"pcm", "`push` takes a frame, and got an object of bytes"),
    ("push", Clear(1), "`push` takes a frame: Clear is a control, which goes up by `raise_up`"),
    ("raise_up", None, "`raise_up` takes a control, and got None"),
    ("raise_up", Mark("x"), "`raise_up` takes a control: Mark is a frame, which goes down by `push`"),
]


@pytest.mark.fault("G4")
@pytest.mark.parametrize(("method", "wrong", "text"), WRONG)
def test_a_wrong_object_is_a_fault_of_the_step_that_sends_it(method: str, wrong: Any, text: str) -> None:
    """Each time, with the step and its place; the frame that it was handling goes on."""

    class Mistakes(Passes):
        where = "agent.yaml:7"

        def mark(self, frame: Mark) -> None:
            getattr(self, method)(wrong)

    with messages("ERROR") as told:
        chain, notes = chained(Passes, Mistakes, Passes, use=both(put(Mark("1"), Mark("2")), log_at_once))
    assert notes == [("a", "1"), ("c", "1"), ("a", "2"), ("c", "2")] and chain.call.faults == 2
    assert set(told) == {"FAULT in Mistakes (agent.yaml:7): TypeError"} and text in str(mistake(wrong, method))


class Asked(Step):
    """Answers each Clear by another mark from the top."""

    where = "agent.yaml:3"

    @on(Clear)
    def clear(self, control: Clear) -> None:
        chain: Any = self.chain
        chain.put(Mark("again"))


class Repeats(Step):
    """Puts each mark in at the top once more."""

    where = "agent.yaml:5"

    @on(Mark)
    def mark(self, frame: Mark) -> None:
        chain: Any = self.chain
        chain.put(frame)


@pytest.mark.fault("G4")
@pytest.mark.parametrize(("kinds", "guilty"), [((Asked, Asks), "Ask"), ((Repeats,), "Repeats (agent.yaml:5)")])
def test_steps_that_cause_each_other_without_end_are_stopped(kinds: tuple[type[Any], ...], guilty: str) -> None:
    """The crossing ends, one of them is named, and the next frame crosses."""

    def use(chain: Chain) -> None:
        put(Mark("1"), Dtmf("2"))(chain)
        log_at_once(chain)

    with messages("ERROR") as told:
        chain, _ = chained(*kinds, use=use)
    assert told[0].startswith(f"FAULT in {guilty}") and told[0].endswith(": Endless") and chain.call.faults == 1


def test_work_may_start_work_in_one_crossing_a_few_times() -> None:
    """The bound is far above the actions of a busy crossing."""
    assert chained(Asks, use=put(*(Mark(str(number)) for number in range(600))))[0].call.faults == 0


def test_a_fault_names_the_step_and_its_yaml_line(config: Callable[..., Config], log: list[str]) -> None:
    """The innermost step on the way is the guilty one."""
    text = chain()

    class Raises(NoWire):
        def send(self, data: bytes) -> None:
            raise ConnectionError("gone")

    async def main() -> int:
        async with Agent.open(config(text)) as agent:
            call = Call("CA1", Raises(), asyncio.get_running_loop())
            chain = agent.answer(call)
            chain.enter(chain.steps[-2].push, Mark("1"))
            await finish(chain, "stop")
            return call.faults

    assert run_virtual(main()) == 1
    [line] = [line for line in log if line.startswith("FAULT")]
    assert line.startswith("FAULT in TwilioSink (") and line.endswith("test.yaml:9): ConnectionError")


def test_what_was_sent_is_flushed_once_the_frame_has_left() -> None:
    """All of it at once, also if a step failed on the way."""

    class Flushed(NoWire):
        def flush(self) -> None:
            self.sent.append(b"flush")

    class Sends(Step):
        @on(Mark)
        def mark(self, frame: Mark) -> None:
            self.call.wire.send(frame.name.encode())
            self.push(frame)

    def use(chain: Chain) -> None:
        chain.call.wire = Flushed()
        put(Mark("1"), Mark("2"))(chain)

    chain, _ = chained(Sends, Sends, Breaks, use=use)
    assert chain.call.wire.sent == [b"1", b"1", b"flush", b"2", b"2", b"flush"]


@pytest.mark.fault("G1")
def test_the_tenth_fault_ends_the_call() -> None:
    """A call whose steps fail and fail has nothing left to say."""
    assert chained(Breaks, use=put(*map(Mark, "123456789")))[0].call.wire.hung_up == ""
    assert chained(Breaks, use=put(*map(Mark, "123456789ab")))[0].call.wire.hung_up == "faults"


@pytest.mark.fault("G1")
def test_a_timer_that_raises_is_a_fault_of_its_step() -> None:
    """Timers come through the one door, too."""

    class Late(Step):
        @on(Mark)
        def mark(self, frame: Mark) -> None:
            self.later(1.0, lambda: 1 / 0)  # type: ignore[arg-type]
            self.later(2.0, lambda: self.note("rang"))

    async def use(chain: Chain) -> None:
        chain.put(Mark("1"))
        await asyncio.sleep(3)

    chain, notes = chained(Late, use=use)
    assert notes == [("a", "rang")] and chain.call.faults == 1


# ---- the end ------------------------------------------------------------------------------------------------------


def test_a_chain_closes_once_from_top_to_bottom() -> None:
    """The call's end is the last frame; then every step lets go of what it held."""

    class Ends(Step):
        @on(CallEnded)
        def end(self, frame: CallEnded) -> None:
            self.note(frame.reason)
            self.push(frame)

    def use(chain: Chain) -> None:
        chain.close("stop")
        chain.close("again")
        chain.put(Mark("1"))

    assert chained(Ends, Ends, use=use)[1] == [("a", "stop"), ("b", "stop"), ("a", "closed"), ("b", "closed")]


@pytest.mark.fault("G1")
def test_a_step_that_cannot_close_does_not_keep_the_others_from_it() -> None:
    """It is a fault like any other."""

    class Stuck(Step):
        def close(self) -> None:
            raise OSError("stuck")

    chain, notes = chained(Stuck, Step, use=lambda chain: chain.close("stop"))
    assert notes == [("b", "closed")] and chain.call.faults == 1


def test_no_timer_outlives_its_call() -> None:
    """What would have rung later never does."""

    class Late(Step):
        @on(Mark)
        def mark(self, frame: Mark) -> None:
            self.later(1.0, lambda: self.note("rang"))

    async def use(chain: Chain) -> None:
        chain.put(Mark("1"))
        chain.close("stop")
        await asyncio.sleep(2)

    assert chained(Late, use=use)[1] == [("a", "closed")]


# ---- watching -----------------------------------------------------------------------------------------------------


def test_a_tap_sees_frames_and_controls_but_no_sound() -> None:
    """Sound comes fifty times a second; everything else is an event."""
    seen = []

    def tap(step: str, place: int | None, passing: Clear | Hangup | Mark) -> None:
        seen.append((step, place, type(passing).__name__))

    chained(Passes, Asks, use=put(AudioIn(bytes(320), 0.0), Mark("1")), tapping=lambda _: tap)
    down = [("", None, "Mark"), ("Passes", 0, "Mark"), ("Asks", 1, "Mark")]
    assert seen == [*down, ("Asks", 1, "Clear"), ("Asks", 1, "Hangup")]


def test_two_steps_of_one_class_are_told_apart() -> None:
    """A step's place says which of them has sent a frame."""
    seen = []

    def tap(step: str, place: int | None, passing: Mark) -> None:
        seen.append((step, place))

    chained(Passes, Passes, use=put(Mark("1")), tapping=lambda _: tap)
    assert seen == [("", None), ("Passes", 0), ("Passes", 1)]


def test_a_watcher_may_come_and_go_in_the_middle_of_a_call() -> None:
    """It is told of every frame from then on, those included that have passed before, and of none once it has gone."""
    told: list[Any] = []

    def watch(at: float, event: Any) -> None:
        told.append(event.frame)

    def use(chain: Chain) -> None:
        for name in "abcd":
            if name == "b":
                chain.call.watch(watch)
            if name == "d":
                chain.call.unwatch(watch)
            chain.put(Mark(name))

    chained(Passes, use=use, tapping=None)
    assert told == [Mark("b"), Mark("c")]


def test_a_control_may_come_in_at_the_bottom() -> None:
    """It visits all steps that take it, the lowest first."""

    class Takes(Step):
        @on(Clear)
        def clear(self, control: Clear) -> None:
            self.note("cleared")

    notes = chained(Takes, Passes, Takes, use=lambda chain: chain.raise_up(Clear(1)))[1]
    assert notes == [("c", "cleared"), ("a", "cleared")]


def test_a_tap_sees_what_is_asked_for() -> None:
    """Of which classes, is the call's to say."""
    seen = []

    def tap(step: str, place: int | None, passing: Hangup) -> None:
        seen.append(type(passing).__name__)

    chained(Passes, Asks, use=put(Mark("1")), tapping=lambda kind: tap if kind is Hangup else None)
    assert seen == ["Hangup"]


def test_each_call_has_steps_of_its_own(agent: Callable[..., Config]) -> None:
    """Two calls of one config share nothing that changes."""

    async def main() -> None:
        async with Agent.open(agent()) as it:
            loop = asyncio.get_running_loop()
            one, other = (it.answer(Call(sid, NoWire(), loop)) for sid in ("CA1", "CA2"))
            assert not {id(step) for step in one.steps} & {id(step) for step in other.steps}
            await finish(one, "stop")
            await finish(other, "stop")

    run_virtual(main())


def test_what_nobody_watches_costs_nothing(agent: Callable[..., Config]) -> None:
    """Without a watcher nothing sees what passes but what is counted."""

    async def main() -> Callable[..., Any]:
        async with Agent.open(agent()) as it:
            loop = asyncio.get_running_loop()
            chain = it.answer(Call("CA1", NoWire(), loop, counts={Interrupt: lambda *_: None}))
            await finish(chain, "stop")
            return chain.tapping

    tapping = run_virtual(main())
    assert tapping(Clear) is None and tapping(Interrupt) is not None
    assert play(agent(), [], 0.1).chain.tapping(Clear) is not None


def test_a_control_reaches_every_step_above_whatever_one_of_them_does() -> None:
    """A step that fails on an interruption keeps it from nobody else."""

    class Fails(Processor):
        @on(Interrupt)
        def cut(self, control: Interrupt) -> None:
            raise RuntimeError("on purpose")

    class Stops(Processor):
        stopped = False

        @on(Interrupt)
        def cut(self, control: Interrupt) -> None:
            self.stopped = True

    class Raises(Processor):
        @on(SpeechStarted)
        def speech(self, frame: SpeechStarted) -> None:
            self.raise_up(Interrupt(0, "", 0.0))

    async def main() -> None:
        loop, stops = asyncio.get_running_loop(), Stops()
        call = Call("CA" + "0" * 32, NoWire(), loop)
        Chain([stops, Fails(), Raises()], call, loop).put(SpeechStarted(1, 0.0))
        assert stops.stopped and call.faults == 1

    run_virtual(main())
