"""The routes of frames: from each step to the next one below that takes a frame of this class.

A handler that raises ends at its own route: the step above goes on as if its frame had been taken, and the step that
failed answers for the frame (`Processor.failed_at`), which as a rule goes on to the steps below it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.call import Tap
from pipeline.frames import AudioIn, Control, Frame, Media, WireMessage
from pipeline.processor import Processor

if TYPE_CHECKING:
    from types import TracebackType

UNWATCHED = (WireMessage, AudioIn, Media)  # 50 a second: too many for a tap, and for a `try` at each step

Kind = type[Frame] | type[Control]
Tapping = Callable[[Kind], Tap | None]
Told = Callable[[Frame], None]


class Crossed(Protocol):
    """The chain as its routes see it."""

    steps: tuple[Processor, ...]
    tapping: Tapping

    def failed(self, step: Processor, frame: Frame, error: BaseException, *, passed: bool) -> None:
        """Deal with a handler that has raised; `passed`: it had sent a frame of this class on before."""


class Routes(dict[type[Frame], Callable[[Any], None]]):
    """The routes from one step: frame class → the next step that takes it; filled in on first use.

    `sent` counts the frames by class, but for those of UNWATCHED. Looking up a class that is no frame raises TypeError.
    """

    def __init__(self, chain: Crossed, sender: Processor | None) -> None:
        super().__init__()
        self.chain = chain
        self.sender = sender
        self.sent: dict[type[Frame], int] = defaultdict(int)

    def __missing__(self, kind: type[Frame]) -> Callable[[Any], None]:
        if not issubclass(kind, Frame):
            raise misdirected(kind, "push")
        chain, sender = self.chain, self.sender
        place = None if sender is None else chain.steps.index(sender)
        below = chain.steps if place is None else chain.steps[place + 1 :]
        taken = next(((step, handler) for step in below if (handler := handler_of(step, kind))), None)
        if issubclass(kind, UNWATCHED):
            self[kind] = _leave if taken is None else taken[1]
        else:
            tap = chain.tapping(kind)
            told = None if tap is None else partial(tap, name_of(sender), place)
            self[kind] = _Leaving(self, kind, told) if taken is None else Route(self, kind, told, *taken)
        return self[kind]


class _Leaving:
    """The way of a class of frames past the last step that takes it."""

    def __init__(self, routes: Routes, kind: type[Frame], told: Told | None) -> None:
        self.sent, self.kind, self.told = routes.sent, kind, told

    def __call__(self, frame: Frame) -> None:
        self.sent[self.kind] += 1
        if self.told is not None:
            self.told(frame)


class Route(_Leaving):
    """The way of a class of frames to the step that takes it; an error of its handler ends here."""

    def __init__(
        self, routes: Routes, kind: type[Frame], told: Told | None, step: Processor, handler: Callable[[Any], None]
    ) -> None:
        self.sent, self.kind, self.told = routes.sent, kind, told  # each call makes some forty of these
        self.chain, self.step, self.handler = routes.chain, step, handler
        self.onward: Any = step.down

    def __call__(self, frame: Frame) -> None:
        self.sent[self.kind] += 1
        if self.told is not None:
            self.told(frame)
        # A handler that fails after its push must not have the frame sent on twice: so the frames sent are counted.
        onward, kind = self.onward.sent, self.kind
        before = onward[kind]
        try:
            self.handler(frame)
        except BaseException as error:  # noqa: BLE001 - a part of the one door: it ends one handler, never the call
            self.chain.failed(self.step, frame, error, passed=onward[kind] > before)


def takers(steps: Sequence[Processor], kind: type[Control]) -> list[Callable[[Any], None]]:
    """Return the handlers of a control, the lowest of these steps first. Raises TypeError if it is none."""
    if not issubclass(kind, Control):
        raise misdirected(kind, "raise_up")
    return [handler for step in reversed(steps) if (handler := handler_of(step, kind))]


def misdirected(kind: type[Any], method: str) -> TypeError:
    """Return the error of an object that `push` or `raise_up` does not take."""
    right = "a frame" if method == "push" else "a control"
    if issubclass(kind, Frame):
        return TypeError(f"`raise_up` takes {right}: {kind.__name__} is a frame, which goes down by `push`")
    if issubclass(kind, Control):
        return TypeError(f"`push` takes {right}: {kind.__name__} is a control, which goes up by `raise_up`")
    got = "None" if kind is type(None) else "a class" if issubclass(kind, type) else f"an object of {kind.__name__}"
    return TypeError(f"`{method}` takes {right}, and got {got}")


def guilty(trace: TracebackType | None) -> Processor | None:
    """Return the processor at fault: the innermost `self` on the traceback that is one; None if there is none."""
    # Innermost, as a handler's stack goes through all the steps above that have pushed the frame.
    found = None
    while trace is not None:
        owner = trace.tb_frame.f_locals.get("self")
        found = owner if isinstance(owner, Processor) else found
        trace = trace.tb_next
    return found


def name_of(sender: Processor | None) -> str:
    """Return the name of a step's class; blank for none."""
    return "" if sender is None else type(sender).__name__


def handler_of(step: Processor, kind: Kind) -> Callable[[Any], None] | None:
    """Return the step's handler of this class, or of its nearest ancestor that has one; None if there is none."""
    for ancestor in kind.__mro__:
        if (name := step.handlers.get(ancestor)) is not None:
            handler: Callable[[Any], None] = getattr(step, name)
            return handler
    return None


def _leave(frame: Frame) -> None:
    """Drop a frame that no step took: the end of the chain."""
