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

from pipeline.call import Call
from pipeline.events import StepFailed
from pipeline.frames import CallEnded, Control, Frame
from pipeline.loop.exits import contained
from pipeline.processor import Processor
from pipeline.routes import Routes, Tapping, guilty, name_of, takers

if TYPE_CHECKING:
    from pipeline.loop.eager import Eager

MOST_ACTIONS = 1000  # in one crossing: a busy one has some twenty
Action = Callable[..., None]


class Endless(RuntimeError):
    """Steps cause each other's actions without end: a crossing had more than 1000 of them (MOST_ACTIONS)."""


class Chain:
    """The processors of one call, top to bottom, with the routes of frames down and of controls up.

    `turn` numbers the caller's turns; frames and work of an older turn are void. `tapping` returns, for a class, the
    tap that is told of each frame pushed and control raised, or None; the classes of 50 frames a second (UNWATCHED) are
    not reported.

    Guarantees:
    - Exclusion and order: actions run one at a time, in the order in which they were entered. Entering while one runs
      only queues; `enter` from outside returns when the queue is empty. A crossing that comes to 1000 actions
      (MOST_ACTIONS) is ended, and the rest of its queue dropped: handlers that enter each other for ever would hang the
      process. A repeated action belongs on a timer.
    - Faults: an exception ends its own handler alone, and its frame goes on past the step where that is safe
      (`Processor.failed_at`). Of the frames of UNWATCHED, 50 a second, it ends the whole action. It is counted by
      `Call.fault` and the queue goes on. Nothing is raised to the caller of `put`, `enter`, `begin` or `close`.
    - Cancellation: an action is synchronous and never cancelled half-way.
    - Output: `Wire.flush` is called when the queue is empty, and not after each action.
    - End: after `close`, entering does nothing. Call `close` from outside an action, so that `CallEnded` reaches the
      steps before they close; later calls of it do nothing.
    """

    def __init__(
        self, steps: Sequence[Processor], call: Call, loop: AbstractEventLoop, tapping: Tapping = lambda _: None
    ) -> None:
        self.steps, self.call = tuple(steps), call
        self.loop, self.tapping = loop, tapping
        call.chain = self
        self.turn = self._numbered = 0
        self.ending = self.ended = False
        self.tasks: set[Task[Any]] = set()
        self._waiting: deque[tuple[Action, tuple[Any, ...]]] = deque()
        self._crossing, self._actions = False, 0  # actions of this crossing that had waited
        self._up: dict[tuple[Processor | None, type[Control]], list[Callable[[Any], None]]] = {}
        self._top = Routes(self, None)
        self._places: dict[Processor, int] = {}
        for place, step in enumerate(self.steps):
            step.down = Routes(self, step)
            # A fallback shares the routes and the place of the step that it stands in for: its frames go on from there.
            for each in (step, *step.spares):
                each.chain, each.call, each.down = self, call, step.down
                self._places[each] = place
        for step in self._places:
            _begin(self, step)

    def next_turn(self) -> int:
        """Begin the caller's next turn, which voids all older ones, and return its number."""
        self.turn = self.reserve_turn()
        return self.turn

    def reserve_turn(self) -> int:
        """Return a number for speech that may become a turn; no other turn has it, and none is void."""
        # Never the same number twice: the words of speech that was dropped may come when the next one has begun.
        self._numbered = max(self._numbered, self.turn) + 1
        return self._numbered

    def put(self, frame: Frame) -> None:
        """Let a frame in at the top."""
        if self.ended or self._crossing or self._waiting:
            self.enter(self._top[type(frame)], frame)
        else:
            self._cross(self._top[type(frame)], (frame,))  # 50 times a second: the same as `enter`, one call cheaper

    def raise_up(self, control: Control) -> None:
        """Let a control in at the bottom: every step with a handler gets it, the lowest first."""
        self.defer(None, control)

    def tap_anew(self) -> None:
        """Ask `tapping` again for each class of frames that passes from now on."""
        for routes in (self._top, *(step.down for step in self.steps)):
            routes.clear()

    def enter(self, action: Action, *args: Any) -> None:
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

    def defer(self, sender: Processor | None, control: Control) -> None:
        """Queue a control to rise from `sender` after the running action. Raises TypeError if it is none."""
        key = (sender, type(control))
        if key not in self._up:  # routes never change, so each is looked for once
            place = None if sender is None else self._places[sender]
            self._up[key] = takers(self.steps[:place], type(control))
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

    def failed(self, step: Processor, frame: Frame, error: BaseException, *, passed: bool) -> None:
        """Count a handler's error; unless the step had `passed` the frame on before, let it answer for the frame."""
        self._caught(error, step)
        if not passed:
            self._guard(step.failed_at, frame)

    def _caught(self, error: BaseException, step: Processor | None = None) -> None:
        """Count an error as a fault of the step that raised it; raise it again if it is the user's Ctrl-C."""
        if isinstance(error, KeyboardInterrupt):
            raise error
        self.fault(guilty(error.__traceback__) or step, contained(error))

    def _cross(self, action: Action, args: tuple[Any, ...]) -> None:
        # The frames of 50 a second pay for one `try`, here at the bottom of their handlers' stack; all others have one
        # at each step, in their routes. Waiting actions run here and not on the loop's next turn: `Clear` has to leave
        # in the tick in which the caller's speech was found, and no message from the socket may come between a frame
        # and its controls.
        self._crossing = True
        try:
            while True:
                try:
                    action(*args)
                except BaseException as error:  # noqa: BLE001 - a mistake ends one action, never the process
                    self._caught(error)
                if not self._waiting:
                    break
                action, args = self._waiting.popleft()
                self._actions += 1
                if self._actions > MOST_ACTIONS:
                    dropped = [(action, args), *self._waiting]
                    self._waiting.clear()
                    self.fault(*_endless(dropped))
                    break
        finally:
            self._crossing, self._actions = False, 0
        self.call.wire.flush()  # one system call for all that this entry has sent

    def _begin(self, run: Eager[Any]) -> None:
        # The first step is code of a task, and its frames must cross before it goes on, as they do on all later steps,
        # which the loop runs between actions. With `_crossing` set its frames would queue until it first waits, and a
        # reply's first sound would leave only after all that could be made at once. Nothing is broken into: `_cross`
        # runs this as an action of its own, so no handler is under way.
        self._crossing, actions = False, self._actions
        try:
            run.begin()
        finally:
            self._crossing, self._actions = True, actions

    def _guard(self, action: Action, *args: Any) -> None:
        try:
            action(*args)
        except BaseException as error:  # noqa: BLE001 - one step's failure must not keep the others from it
            self._caught(error)

    def _rise(self, sender: Processor | None, control: Control) -> None:
        if (tap := self.tapping(type(control))) is not None:
            tap(name_of(sender), None if sender is None else self._places[sender], control)
        for handler in self._up[sender, type(control)]:
            try:
                handler(control)
            except BaseException as error:  # noqa: BLE001 - must not keep the control from the next
                self._caught(error)


def _endless(dropped: Sequence[tuple[Action, tuple[Any, ...]]]) -> tuple[Processor | None, Endless]:
    """Return the fault of a crossing that does not end: a step that caused a waiting action, and the error."""
    causes = dict.fromkeys(cause for each in dropped if (cause := _cause(*each)))
    by = ", ".join(map(str, causes)) or "no step"
    text = f"{MOST_ACTIONS} actions in one crossing, each caused by another; {len(dropped)} dropped, of {by}"
    return next(iter(causes), None), Endless(text)


def _begin(chain: Chain, step: Processor) -> None:
    try:
        step.begin()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - raised again
        chain.fault(step, found := contained(error))
        raise found from None


def _cause(action: Action, args: tuple[Any, ...]) -> Processor | None:
    """Return the step that a waiting action came from, or that it goes to; None if it has none."""
    owners = (*args[:1], getattr(action, "step", None), getattr(action, "__self__", None))
    return next((each for each in owners if isinstance(each, Processor)), None)
