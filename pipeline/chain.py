"""A chain: the processors of one call, linked, behind one entry point.

Every event of a call runs inside `Chain.enter`: a message from the socket, a worker's output, a timer. One action runs
at a time and to its end, so that no processor ever sees another step's half-made change. Controls raised and actions
entered meanwhile queue up and run in the same tick of the event loop.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop, Task
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.call import Call, Tap
from pipeline.events import StepFailed
from pipeline.frames import AudioIn, CallEnded, Control, Frame, Media, WireMessage
from pipeline.loop.exits import contained
from pipeline.processor import Processor

if TYPE_CHECKING:
    from types import TracebackType

    from pipeline.loop.eager import Eager

Tapping = Callable[[type[Frame] | type[Control]], Tap | None]

UNWATCHED = (WireMessage, AudioIn, Media)  # 50 a second: too many for a tap


class Chain:
    """The processors of one call, top to bottom, with the routes of frames down and of controls up.

    `turn` numbers the caller's turns; frames and work of an older turn are void. `tapping` returns, for a class, the
    tap that is told of each frame pushed and control raised, or None; the classes of 50 frames a second (UNWATCHED) are
    not reported.

    Guarantees:
    - Exclusion and order: actions run one at a time, in the order in which they were entered. Entering while one runs
      only queues; `enter` from outside returns when the queue is empty. The queue has no bound: handlers that enter
      each other for ever would hang the process, so a repeated action belongs on a timer.
    - Faults: an exception ends its own action alone; it is counted by `Call.fault` and the queue goes on. Nothing is
      raised to the caller of `put`, `enter`, `begin`, `defer` or `close`.
    - Cancellation: an action is synchronous and never cancelled half-way.
    - Output: `Wire.flush` is called when the queue is empty, and not after each action.
    - End: after `close`, entering does nothing. Call `close` from outside an action, so that `CallEnded` reaches the
      steps before they close; later calls of it do nothing.
    """

    def __init__(
        self, steps: Sequence[Processor], call: Call, loop: AbstractEventLoop, tapping: Tapping = lambda _: None
    ) -> None:
        self.steps = tuple(steps)
        self.call = call
        self.loop = loop
        self.tapping = tapping
        call.chain = self
        self.turn = 0
        self.ending = self.ended = False
        self.tasks: set[Task[Any]] = set()
        self._waiting: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._crossing = False
        self._up: dict[tuple[Processor | None, type[Control]], list[Callable[[Any], None]]] = {}
        self._top = _Routes(self, None)
        self._places: dict[Processor, int] = {}
        for place, step in enumerate(self.steps):
            step.down = _Routes(self, step)
            # A fallback shares the routes and the place of the step that it stands in for: its frames go on from there.
            for each in (step, *step.spares):
                each.chain, each.call, each.down = self, call, step.down
                self._places[each] = place
        for step in self._places:
            self._begin_step(step)

    def _begin_step(self, step: Processor) -> None:
        try:
            step.begin()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - raised again
            self.fault(step, found := contained(error))
            raise found from None

    def next_turn(self) -> int:
        """Begin the caller's next turn, which voids all older ones, and return its number."""
        self.turn += 1
        return self.turn

    def put(self, frame: Frame) -> None:
        """Let a frame in at the top."""
        if self.ended or self._crossing or self._waiting:
            self.enter(self._top[type(frame)], frame)
        else:
            self._cross(self._top[type(frame)], (frame,))  # 50 times a second: the same as `enter`, one call cheaper

    def raise_up(self, control: Control) -> None:
        """Let a control in at the bottom: every step with a handler gets it, the lowest first."""
        self.enter(self._rise, None, control)

    def tap_anew(self) -> None:
        """Ask `tapping` again for each class of frames that passes from now on."""
        for routes in (self._top, *(step.down for step in self.steps)):
            routes.clear()

    def enter(self, action: Callable[..., None], *args: Any) -> None:
        """Run `action` inside the chain: at once, or after the running action and those queued before it."""
        if self.ended:
            return
        if self._crossing or self._waiting:
            self._waiting.append((action, args))
            if self._crossing:
                return
            action, args = self._waiting.popleft()
        self._cross(action, args)

    def begin(self, run: Eager[Any]) -> None:
        """Run a task's first step inside the chain, after the running action.

        Frames that the step enters cross the chain before it goes on, as they would on its later steps.
        """
        self.enter(self._begin, run)

    def defer(self, sender: Processor, control: Control) -> None:
        """Queue a control to rise from `sender` after the running action."""
        self.enter(self._rise, sender, control)

    def close(self, reason: str) -> None:
        """End the call: send `CallEnded` down, then cancel timers, close the steps and cancel their tasks.

        Every step is closed, even if others raise. Tasks end on the loop's next turns.
        """
        if self.ended:
            return
        self.ending = True
        self.put(CallEnded(reason))
        self.ended = True  # from here on nothing enters: neither a task that is cancelled below nor a late timer
        for step in self._places:
            for timer in step.timers:
                timer.cancel()
            step.timers.clear()
            self._guard(step.close)
        for task in self.tasks:
            task.cancel()

    def fault(self, step: Processor | None, error: Exception, event: type[StepFailed] = StepFailed) -> None:
        """Count an error as a fault of a step, with the step's place as a note; without a step, of the chain."""
        if step is not None and step.where:
            error.add_note(f"in the step at {step.where}")
        place = None if step is None else self._places.get(step)
        self.call.fault(error, str(step) if step is not None else "the chain", event, place)

    def _cross(self, action: Callable[..., None], args: tuple[Any, ...]) -> None:
        # Faults are caught here, at the bottom of every handler's stack, and not in each `push`: an exception ends the
        # whole crossing, so that no step goes on as if the steps below had taken its frame, and 50 frames a second pay
        # for one `try`. Waiting actions run here and not on the loop's next turn: `Clear` has to leave in the tick in
        # which the caller's speech was found, and no message from the socket may come between a frame and its controls.
        self._crossing = True
        while True:
            try:
                action(*args)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - a mistake ends one action, never the process
                self.fault(guilty(error.__traceback__), contained(error))
            if not self._waiting:
                break
            action, args = self._waiting.popleft()
        self._crossing = False
        self.call.wire.flush()  # one system call for all that this entry has sent

    def _begin(self, run: Eager[Any]) -> None:
        # The first step is code of a task, and its frames must cross before it goes on, as they do on all later steps,
        # which the loop runs between actions. With `_crossing` set its frames would queue until it first waits, and a
        # reply's first sound would leave only after all that could be made at once. Nothing is broken into: `_cross`
        # runs this as an action of its own, so no handler is under way.
        self._crossing = False
        try:
            run.begin()
        finally:
            self._crossing = True

    def _guard(self, action: Callable[..., None], *args: Any) -> None:
        try:
            action(*args)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - one step's failure must not keep the others from it
            self.fault(guilty(error.__traceback__), contained(error))

    def _rise(self, sender: Processor | None, control: Control) -> None:
        place = None if sender is None else self._places[sender]
        if (tap := self.tapping(type(control))) is not None:
            tap(_name(sender), place, control)
        key = (sender, type(control))  # routes never change, so each is looked for once
        if key not in self._up:
            above = reversed(self.steps[:place])
            self._up[key] = [handler for step in above if (handler := _handler(step, type(control)))]
        for handler in self._up[key]:
            self._guard(handler, control)  # one that fails must not keep the control from the next


def guilty(trace: TracebackType | None) -> Processor | None:
    """Return the processor at fault: the innermost `self` on the traceback that is one; None if there is none."""
    found = None
    while trace is not None:
        owner = trace.tb_frame.f_locals.get("self")
        found = owner if isinstance(owner, Processor) else found
        trace = trace.tb_next
    return found


class _Routes(dict[type[Frame], Callable[[Any], None]]):
    """Routes from one step: frame class → handler of the next step that takes it; filled in on first use."""

    def __init__(self, chain: Chain, sender: Processor | None) -> None:
        super().__init__()
        self.chain = chain
        self.sender = sender

    def __missing__(self, kind: type[Frame]) -> Callable[[Any], None]:
        chain, sender, tap = self.chain, self.sender, self.chain.tapping(kind)
        place = None if sender is None else chain.steps.index(sender)
        below = chain.steps if place is None else chain.steps[place + 1 :]
        taker = next((handler for step in below if (handler := _handler(step, kind))), _leave)
        if tap is None or issubclass(kind, UNWATCHED):
            self[kind] = taker
            return taker

        name = _name(sender)

        def watched(frame: Frame) -> None:
            tap(name, place, frame)
            taker(frame)

        self[kind] = watched
        return watched


def _name(sender: Processor | None) -> str:
    return "" if sender is None else type(sender).__name__


def _handler(step: Processor, kind: type[Frame] | type[Control]) -> Callable[[Any], None] | None:
    """Return the step's handler of this class, or of its nearest ancestor that has one; None if there is none."""
    for ancestor in kind.__mro__:
        if (name := step.handlers.get(ancestor)) is not None:
            handler: Callable[[Any], None] = getattr(step, name)
            return handler
    return None


def _leave(frame: Frame) -> None:
    """Drop a frame that no step took: the end of the chain."""
