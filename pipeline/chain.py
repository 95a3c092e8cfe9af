"""A chain: the processors of one call, linked, behind one door.

Everything that happens in a call happens inside `Chain.enter`: a message from the socket, what a worker made, a timer.
One thing at a time, each until it is done, so that no processor ever sees half of something. What is raised or entered
on the way waits its turn and runs in the same tick.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop, Task
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.call import Call, Tap
from pipeline.frames import AudioIn, CallEnded, Control, Frame, Media, WireMessage
from pipeline.processor import Processor

if TYPE_CHECKING:
    from types import TracebackType

    from pipeline.loop.eager import Eager

Tapping = Callable[[type[Frame] | type[Control]], Tap | None]

UNWATCHED = (WireMessage, AudioIn, Media)  # fifty a second: a tap does not see them


class Chain:
    """The processors of one call, from the line to the line.

    `turn` counts the caller's turns: whatever belongs to an older one is void. `tapping` gives what sees each frame of
    a class that is pushed, or control that is raised, if anything does; never what comes and goes fifty times a second.
    """

    def __init__(
        self, steps: Sequence[Processor], call: Call, loop: AbstractEventLoop, tapping: Tapping = lambda _: None
    ) -> None:
        self.steps = tuple(steps)
        self.call = call
        self.loop = loop
        self.tapping = tapping
        self.turn = 0
        self.ended = False
        self.tasks: set[Task[Any]] = set()
        self._waiting: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._crossing = False
        self._up: dict[tuple[Processor, type[Control]], list[Callable[[Any], None]]] = {}
        self._top = _Routes(self, None)
        self._places: dict[Processor, int] = {}
        for place, step in enumerate(self.steps):
            step.down = _Routes(self, step)
            for each in (step, *step.spares):
                each.chain, each.call, each.down = self, call, step.down
                self._places[each] = place
        for step in self._places:
            self._begin_step(step)

    @staticmethod
    def _begin_step(step: Processor) -> None:
        try:
            step.begin()
        except Exception as error:
            error.add_note(f"in the step at {step.where}")
            raise

    def next_turn(self) -> int:
        """Begin the caller's next turn, which makes every older one void; returns its number."""
        self.turn += 1
        return self.turn

    def put(self, frame: Frame) -> None:
        """Let a frame in at the top."""
        if self.ended or self._crossing or self._waiting:
            self.enter(self._top[type(frame)], frame)
        else:
            self._cross(self._top[type(frame)], (frame,))  # fifty times a second, without a call more

    def enter(self, action: Callable[..., None], *args: Any) -> None:
        """The one door: run `action` now, or, if something is crossing, as soon as that has left."""
        if self.ended:
            return
        if self._crossing or self._waiting:
            self._waiting.append((action, args))
            if self._crossing:
                return
            action, args = self._waiting.popleft()
        self._cross(action, args)

    def begin(self, run: Eager[Any]) -> None:
        """Let a task begin as soon as what is crossing has left; what it enters runs before it goes on."""
        self.enter(self._begin, run)

    def defer(self, sender: Processor, control: Control) -> None:
        """Let a control rise from `sender` once what is crossing has left."""
        self.enter(self._rise, sender, control)

    def close(self, reason: str) -> None:
        """End the call inside the chain: the last frame, then everything that the steps held."""
        if self.ended:
            return
        self.put(CallEnded(reason))
        self.ended = True
        for step in self._places:
            for timer in step.timers:
                timer.cancel()
            step.timers.clear()
            self._guard(step.close)
        for task in self.tasks:
            task.cancel()

    def _cross(self, action: Callable[..., None], args: tuple[Any, ...]) -> None:
        self._crossing = True
        while True:
            try:
                action(*args)
            except Exception as error:  # noqa: BLE001 - here a mistake becomes its call's fault policy
                self._fault(error)
            if not self._waiting:
                break
            action, args = self._waiting.popleft()
        self._crossing = False
        self.call.wire.flush()

    def _begin(self, run: Eager[Any]) -> None:
        self._crossing = False  # it comes from outside, as it would on the loop's next turn
        try:
            run.begin()
        finally:
            self._crossing = True

    def _guard(self, action: Callable[..., None], *args: Any) -> None:
        try:
            action(*args)
        except Exception as error:  # noqa: BLE001 - and here, where others go on whatever one of them does
            self._fault(error)

    def _fault(self, error: Exception) -> None:
        step = guilty(error.__traceback__)
        if step is not None and step.where:
            error.add_note(f"in the step at {step.where}")
        self.call.fault(error, str(step) if step is not None else "the chain")

    def _rise(self, sender: Processor, control: Control) -> None:
        if (tap := self.tapping(type(control))) is not None:
            tap(type(sender).__name__, control)
        key = (sender, type(control))
        if key not in self._up:
            above = reversed(self.steps[: self._places[sender]])
            self._up[key] = [handler for step in above if (handler := _handler(step, type(control)))]
        for handler in self._up[key]:
            self._guard(handler, control)  # each by itself, so that one that fails keeps nothing from the next


def guilty(trace: TracebackType | None) -> Processor | None:
    """The step in whose method it happened: the innermost one on the traceback."""
    found = None
    while trace is not None:
        owner = trace.tb_frame.f_locals.get("self")
        found = owner if isinstance(owner, Processor) else found
        trace = trace.tb_next
    return found


class _Routes(dict[type[Frame], Callable[[Any], None]]):
    """Where each class of frame goes from one step: found when the first one passes, a look-up from then on."""

    def __init__(self, chain: Chain, sender: Processor | None) -> None:
        super().__init__()
        self.chain = chain
        self.sender = sender

    def __missing__(self, kind: type[Frame]) -> Callable[[Any], None]:
        chain, sender, tap = self.chain, self.sender, self.chain.tapping(kind)
        below = chain.steps if sender is None else chain.steps[chain.steps.index(sender) + 1 :]
        taker = next((handler for step in below if (handler := _handler(step, kind))), _leave)
        if tap is None or issubclass(kind, UNWATCHED):
            self[kind] = taker
            return taker

        name = "" if sender is None else type(sender).__name__

        def watched(frame: Frame) -> None:
            tap(name, frame)
            taker(frame)

        self[kind] = watched
        return watched


def _handler(step: Processor, kind: type[Frame] | type[Control]) -> Callable[[Any], None] | None:
    """The step's handler of this class, or of the nearest class that it derives from."""
    for ancestor in kind.__mro__:
        if (name := step.handlers.get(ancestor)) is not None:
            handler: Callable[[Any], None] = getattr(step, name)
            return handler
    return None


def _leave(frame: Frame) -> None:
    """The end of the chain: a frame that nobody took."""
