"""A processor: one step of the chain, and everything that somebody who writes one has to know.

    class Shout(Processor):
        "Says everything louder."
        gives = (ReplyText,)
        settings: Settings

        class Settings(StepSettings):
            mark: Annotated[str, doc("What to put at the end.")] = "!"

        @on(ReplyText)
        def louder(self, frame: ReplyText) -> None:
            self.push(ReplyText(frame.turn, frame.text.upper() + self.settings.mark))

A frame that a processor has no handler for passes it by; one that it has a handler for goes on only if the handler
pushes it. A control visits every step above the one that raised it, whatever their handlers do.
Handlers are `def`: a frame crosses the whole chain in one go, and a handler that waits would make every call wait.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from pipeline.call import Call
from pipeline.frames import Control, Frame
from pipeline.settings import StepSettings

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task, TimerHandle

    from pipeline.loop.eager import Eager
    from pipeline.providers.probe import Probe

Kind = type[Frame] | type[Control]
Handler = TypeVar("Handler", bound=Callable[..., None])


def on(*kinds: Kind) -> Callable[[Handler], Handler]:
    """Declare a method as the handler of these frames and controls."""

    def declare(method: Handler) -> Handler:
        method.takes = kinds  # type: ignore[attr-defined]
        return method

    return declare


class Host(Protocol):
    """The chain, as far as its processors know it."""

    turn: int  # the number of the caller's latest turn; older ones are void
    loop: AbstractEventLoop
    tasks: set[Task[Any]]  # work that ends with the call

    def enter(self, action: Callable[..., None], *args: Any) -> None:
        """Run an action in the chain: now, or as soon as the frame that is crossing has left."""

    def begin(self, run: Eager[Any]) -> None:
        """Let a task take its first step as soon as the frame that is crossing has left."""

    def defer(self, sender: Processor, control: Control) -> None:
        """Let a control rise from `sender` as soon as the frame that is crossing has left."""

    def next_turn(self) -> int:
        """Begin the caller's next turn; returns its number."""


class Processor:
    """One step of one call's chain, made anew for each call.

    A subclass declares its state in `begin`, and the types of its `settings` and `shared` by annotating them:
    `settings: Settings`, `shared: Pool`.

    Guarantees: nothing else of the call runs while a handler does. `push` has delivered the frame to the steps below
    before it returns, and what those raise upwards waits until the frame that is crossing has left; so change your own
    state first and push last. `close` is called once, after the last frame, also if the call ended by a fault.
    """

    Settings: ClassVar[type[StepSettings]] = StepSettings
    gives: ClassVar[tuple[Kind, ...]] = ()  # the frames and controls that it makes itself
    holds: ClassVar[tuple[type[Frame], ...]] = ()  # the frames that it takes and does not pass on
    needs: ClassVar[tuple[str, ...]] = ()  # what has to stand above it, by capability, e.g. "vad"
    outside: ClassVar[str] = ""  # what it needs that virtual time has not, e.g. "the network"; blank: nothing
    imports: ClassVar[tuple[str, ...]] = ()  # libraries that take long to import: a thread has done it before `share`
    handlers: ClassVar[dict[Kind, str]] = {}  # filled in from the methods that `on` declared

    settings: StepSettings  # an instance of `Settings`; a subclass annotates the type of its own
    shared: Any  # the value that `share` yielded; a subclass annotates its type
    chain: Host
    call: Call
    where: str = ""  # the YAML line of the step, for messages
    spares: tuple[Processor, ...] = ()  # the steps that its `fallback` names: they stand in for it and get no frame

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        own = {kind: name for name, it in vars(cls).items() for kind in getattr(it, "takes", ())}
        cls.handlers = {**cls.handlers, **own}

    def __init__(self, settings: StepSettings | None = None, shared: object = None) -> None:
        self.settings = self.Settings() if settings is None else settings
        self.shared = shared
        self.timers: set[TimerHandle] = set()
        self.down: dict[type[Frame], Callable[[Any], None]] = {}  # the chain's routes from here

    def begin(self) -> None:
        """Set up the state that a call needs; called once, before the first frame, with `call` and `chain` there."""

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: Any, phrases: tuple[str, ...], language: str) -> AsyncIterator[Any]:
        """Open what all calls of this step have in common, before the first call; close it after the last.

        `phrases` are the fixed sentences that the config may speak, `language` is its BCP 47 tag.
        """
        yield None

    @classmethod
    def phrases(cls, settings: Any, language: str) -> tuple[str, ...]:
        """The fixed sentences that this step may say, so that their sound can be made ahead."""
        return ()

    @classmethod
    def probe(cls, settings: Any, language: str) -> Probe | None:
        """What `check --online` asks the provider behind this step; None if there is none.

        It is to prove, as cheaply as can be, that a call would be served: `pipeline.providers.probe` says how.
        """
        return None

    def push(self, frame: Frame) -> None:
        """Send a frame down: the next step that takes it handles it now, before this returns.

        What happens fifty times a second looks up the route itself: `self.down[AudioIn](frame)`.
        """
        self.down[type(frame)](frame)

    def raise_up(self, control: Control) -> None:
        """Send a control up: it runs as soon as the frame that is crossing has left, in the same tick."""
        self.chain.defer(self, control)

    def later(self, seconds: float, action: Callable[[], None]) -> TimerHandle:
        """Run `action` inside the chain after so many seconds, unless the call has ended by then."""

        def ring() -> None:
            self.timers.discard(timer)
            self.chain.enter(action)

        timer = self.chain.loop.call_later(seconds, ring)
        self.timers.add(timer)
        return timer

    @property
    def now(self) -> float:
        """Loop time, seconds."""
        return self.chain.loop.time()

    def close(self) -> None:
        """Let go of what this call held; called once, after the call has ended."""

    def __str__(self) -> str:
        return f"{type(self).__name__} ({self.where})"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.where}>"
