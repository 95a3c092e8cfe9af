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
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pipeline.frames import Control, Frame
from pipeline.settings import StepSettings

if TYPE_CHECKING:
    from asyncio import TimerHandle

    from pipeline.call import Call
    from pipeline.chain import Chain
    from pipeline.providers.probe import Probe

Kind = type[Frame] | type[Control]
Handler = TypeVar("Handler", bound=Callable[..., None])


def on(*kinds: Kind) -> Callable[[Handler], Handler]:
    """Declare a method as the handler of these frames and controls."""

    def declare(method: Handler) -> Handler:
        method.takes = kinds  # type: ignore[attr-defined]
        return method

    return declare


class Processor:
    """One step of one call's chain.

    `settings` are the step's, `shared` is what `share` yielded, `call` is the call that the chain serves.
    """

    Settings: ClassVar[type[StepSettings]] = StepSettings
    gives: ClassVar[tuple[Kind, ...]] = ()  # the frames and controls that it makes itself
    holds: ClassVar[tuple[type[Frame], ...]] = ()  # the frames that it takes and does not pass on
    needs: ClassVar[tuple[str, ...]] = ()  # what has to stand above it, by capability, e.g. "vad"
    outside: ClassVar[str] = ""  # what it needs that virtual time has not, e.g. "the network"; blank: nothing
    imports: ClassVar[tuple[str, ...]] = ()  # libraries that take long to import: a thread has done it before `share`
    handlers: ClassVar[dict[Kind, str]] = {}  # filled in from the methods that `on` declared

    chain: Chain
    call: Call
    where: str = ""  # the YAML line of the step, for messages
    spares: tuple[Processor, ...] = ()  # what its `fallback` names: they stand in its place, and no frame comes to them

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        own = {kind: name for name, it in vars(cls).items() for kind in getattr(it, "takes", ())}
        cls.handlers = {**cls.handlers, **own}

    def __init__(self, settings: Any = None, shared: Any = None) -> None:
        self.settings = self.Settings() if settings is None else settings
        self.shared = shared
        self.timers: set[TimerHandle] = set()
        self.down: dict[type[Frame], Callable[[Any], None]] = {}  # the chain's routes from here

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

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.where}>"
