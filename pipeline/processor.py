"""A processor: one step of the chain, and the whole interface that a processor's author needs.

    class Shout(Processor):
        "Says everything louder."
        gives = (ReplyText,)
        settings: Settings

        class Settings(StepSettings):
            mark: Annotated[str, doc("Text put at the end.")] = "!"

        @on(ReplyText)
        def louder(self, frame: ReplyText) -> None:
            self.push(ReplyText(frame.turn, frame.text.upper() + self.settings.mark))

A frame without a handler here passes to the next step below; a frame with one goes on only if the handler pushes it.
A control visits every step above the one that raised it, whether or not a step has a handler for it.
Handlers are `def`, not `async def`: a frame crosses the whole chain in one go, and a handler that waits would stall
every call of the process. Work that waits belongs to a `Worker`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from pipeline.apologies import in_place_of
from pipeline.call import Call, CallSummary
from pipeline.frames import AudioOut, Control, Frame
from pipeline.settings import StepSettings
from pipeline.text.fixed import phrase
from pipeline.vocabulary import Cause

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task, TimerHandle

    from pipeline.loop.eager import Eager
    from pipeline.providers.probe import Probe

Kind = type[Frame] | type[Control]
Handler = TypeVar("Handler", bound=Callable[..., None])


def on(*kinds: Kind) -> Callable[[Handler], Handler]:
    """Declare a method as the handler of these frame and control classes, and of the classes derived from them.

    Raises TypeError without brackets, or with nothing in them.
    """
    if not kinds or (callable(kinds[0]) and not isinstance(kinds[0], type)):
        raise TypeError("write `@on(…)` with a frame or a control")

    def declare(method: Handler) -> Handler:
        method.takes = kinds  # type: ignore[attr-defined]
        return method

    return declare


class Host(Protocol):
    """The chain as a processor sees it."""

    turn: int  # number of the caller's latest turn; older turns are void
    loop: AbstractEventLoop
    tasks: set[Task[Any]]  # cancelled when the call ends
    ending: bool  # True from the moment at which `CallEnded` is sent

    def enter(self, action: Callable[..., None], *args: Any) -> None:
        """Run an action inside the chain: at once, or after the action that is running now, in the same tick."""

    def begin(self, run: Eager[Any]) -> None:
        """Let a task take its first step inside the chain: at once, or after the action that is running now."""

    def defer(self, sender: Processor, control: Control) -> None:
        """Queue a control to rise from `sender` after the action that is running now, in the same tick."""

    def fault(self, step: Processor, error: Exception) -> None:
        """Count an error as a fault of the call, with the step's place."""

    def next_turn(self) -> int:
        """Begin the caller's next turn and return its number; all older turns become void."""

    def reserve_turn(self) -> int:
        """Return a number for speech that may become a turn, by setting `turn` to it; none becomes void before."""


class Processor:
    """One step of one call's chain; made anew for each call.

    A subclass sets up its state in `begin`, and annotates the types of its `settings` and `shared`:
    `settings: Settings`, `shared: Pool`.

    Guarantees:
    - Order: `begin` once, then handlers, then `close` once, also if the call ended by a fault. After `close` no
      handler, timer or control of this step runs again.
    - Exclusion: no other handler, timer or worker output of the call runs while a handler does, except those that the
      handler itself causes by `push`. A handler runs to its end and cannot be cancelled.
    - Re-entrancy: `push` calls the handlers below and returns after them, so a frame is delivered before the next
      statement. Controls raised meanwhile wait until the handler that began it all returns, and so cannot change this
      step's state under it. Change your own state first and push last, all the same: the steps below may call back.
    - Faults: an exception, of any class, ends the handler that raised it and counts as a fault of this step; the step
      answers for the frame in `failed_at`, and the steps above go on as if it had been taken. The call goes on, until
      `MAX_FAULTS` of them end it.
    """

    Settings: ClassVar[type[StepSettings]] = StepSettings
    gives: ClassVar[tuple[Kind, ...]] = ()  # frames and controls that it makes itself
    relays: ClassVar[tuple[type[Frame], ...]] = ()  # frames that it sends down for a step below it, which makes them
    holds: ClassVar[tuple[type[Frame], ...]] = ()  # frames that it consumes: handled and not passed on as they are
    optional: ClassVar[tuple[Kind, ...]] = ()  # those with a handler that need not come; the base classes' count, too
    needs: ClassVar[tuple[str, ...]] = ()  # capabilities that must stand above it, e.g. "vad"
    outside: ClassVar[str] = ""  # a dependency that virtual time cannot simulate, e.g. "the network"; blank: none
    imports: ClassVar[tuple[str, ...]] = ()  # slow libraries, imported in a thread before `share`
    handlers: ClassVar[dict[Kind, str]] = {}  # class → method name, filled in from the methods that `on` declared

    settings: StepSettings  # an instance of `Settings`; a subclass annotates the type of its own
    shared: Any  # the value that `share` yielded; a subclass annotates its type
    chain: Host
    call: Call
    where: str = ""  # the YAML line of the step, for messages
    spares: tuple[Processor, ...] = ()  # the steps of its `fallback`: asked when it fails, and given no frames

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # Collected once per class and kept by name, so that a subclass that overrides the method, or declares another
        # one for the same class of frame, takes the place of its base's handler.
        own = {kind: name for name, it in vars(cls).items() for kind in getattr(it, "takes", ())}
        cls.handlers = {**cls.handlers, **own}

    def __init__(self, settings: StepSettings | None = None, shared: object = None) -> None:
        self.settings = self.Settings() if settings is None else settings
        self.shared = shared
        self.timers: set[TimerHandle] = set()
        self.down: dict[type[Frame], Callable[[Any], None]] = {}  # frame class → the next handler below

    def begin(self) -> None:
        """Set up the state of a call; called once, before the first frame, when `call` and `chain` are set.

        An exception raised here leaves the chain unmade; it carries a note of the step's place in the YAML.
        """

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: Any, phrases: tuple[str, ...], language: str) -> AsyncIterator[Any]:
        """Open the resources that all calls of this step share, before the first call; close them after the last.

        `phrases` are the fixed sentences that the config may speak, `language` is its BCP 47 tag. The value yielded is
        each call's `shared`. Raise KavError, OSError, RuntimeError or ValueError if the step cannot be opened: its
        fallback is used, and without one the agent does not start.
        """
        yield None

    @classmethod
    def phrases(cls, settings: Any, language: str) -> tuple[str, ...]:
        """Return the fixed sentences that this step may say, so that their sound can be synthesised in advance."""
        return ()

    @classmethod
    def probe(cls, settings: Any, language: str) -> Probe | None:
        """Return the request that `check --online` makes of this step's provider; None if it has no provider.

        The request should prove as cheaply as possible that a call would be served; see `pipeline.providers.probe`.
        """
        return None

    def push(self, frame: Frame) -> None:
        """Send a frame down: the next step that has a handler for it handles it before this returns.

        Raises TypeError for an object that is no frame. Per-frame code (50 a second) looks up the route itself and
        saves a call: `self.down[AudioIn](frame)`.
        """
        self.down[type(frame)](frame)

    def raise_up(self, control: Control) -> None:
        """Send a control up: every step above with a handler gets it, nearest first, after the running action.

        It runs in the same tick, before the event loop does anything else. Raises TypeError for an object that is no
        control.
        """
        self.chain.defer(self, control)

    def later(self, seconds: float, action: Callable[[], None]) -> TimerHandle:
        """Run `action` inside the chain after this many seconds; dropped if the call has ended by then.

        Returns the timer, for `cancel_timer`.
        """

        # A timer fires outside the chain: it must enter like any other event, or its handler could run inside another
        # one's.
        def ring() -> None:
            self.timers.discard(timer)
            self.chain.enter(self._rung, action)

        timer = self.chain.loop.call_later(seconds, ring)
        self.timers.add(timer)
        return timer

    def cancel_timer(self, timer: TimerHandle | None) -> None:
        """Cancel a timer of `later`; does nothing if it is None, has rung or was cancelled before."""
        if timer is not None:
            timer.cancel()
            self.timers.discard(timer)

    def _rung(self, action: Callable[[], None]) -> None:
        action()  # within a method of the step, by which the chain knows whose fault an error is

    def failed_at(self, frame: Frame) -> None:
        """Answer for a frame at which a handler of this step has raised, before it had sent one of its class on.

        By default the frame goes on to the steps below. The steps below a recogniser, a model or a voice cannot use a
        frame that it `holds`: they get the frames of `pipeline.apologies`, so that the caller hears of the failure. In
        the place of sound there is nothing to be heard: the call is ended, and its TwiML has an apology. Not called for
        the frames of 50 a second.
        """
        if not isinstance(frame, self.holds):
            self.push(frame)
        elif isinstance(frame, AudioOut):
            self.call.hang_up(Cause.FAULTS)
        elif getattr(frame, "turn", None) == self.chain.turn:
            for instead in in_place_of(frame, self.gives, self.sorry):
                self.push(instead)

    @property
    def sorry(self) -> str:
        """The sentence said in the place of a reply that failed, in the call's language."""
        return phrase("failed", self.call.language)

    @property
    def now(self) -> float:
        """Loop time, seconds."""
        return self.chain.loop.time()

    def close(self) -> None:
        """Release the resources of this call; called once, after the last frame (`CallEnded`).

        Its timers are cancelled already. Frames pushed from here go down; controls raised are dropped, as the call has
        ended.
        """

    async def after_call(self, summary: CallSummary) -> None:
        """Work after the call, e.g. post a lead; `self` and `shared` are as the call has left them.

        It runs once the call has ended and its slot is free, beside that of other steps, for `server.after_call`
        seconds at most; then it is cancelled. An error, or work not finished, is a fault of this step. The server waits
        for it before it stops. It runs where a call is real, in `serve` and `call`, and in `pipeline.testing.play`
        for steps without `outside`; never in `demo`, `test`, `go`, `storm` and `replay`, nor with `--stand-ins`.
        No frame can be pushed any more, no timer rings, and nothing can be spawned.
        """

    def __str__(self) -> str:
        return f"{type(self).__name__} ({self.where})"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.where}>"
