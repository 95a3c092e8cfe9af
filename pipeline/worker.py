"""A worker: a processor whose work really waits (recognition, a language model, speech synthesis)."""

from __future__ import annotations

import asyncio
from asyncio import Task, current_task
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import aclosing
from typing import Any, ClassVar, Self, TypeVar, cast

from pipeline.events import BreakerChanged, Exchange, ProviderFailed
from pipeline.faults import clipped
from pipeline.frames import Frame
from pipeline.loop.eager import Eager
from pipeline.processor import Processor
from pipeline.providers import breaker
from pipeline.settings import StepSettings

Item = TypeVar("Item")
SHOWN = 160  # characters of what a provider says about its trouble


class Worker(Processor):
    """One piece of work at a time: new work ends the old, and what ended work still yields is dropped.

    `breaker` is what all calls know of its provider.
    """

    answers_within: ClassVar[float] = 10.0  # seconds; a provider that takes longer has failed
    trips: ClassVar[int] = breaker.AFTER  # failures in a row after which its provider is left alone
    recorded: ClassVar[bool] = True  # whether a replay takes what it gives from the record, or works it out again

    def __init__(self, settings: StepSettings | None = None, shared: object = None) -> None:
        super().__init__(settings, shared)
        self._task: Task[None] | None = None
        self._asked = 0  # times that a provider was
        self.breaker = breaker.Breaker(type(self).__name__, self.trips)

    @classmethod
    def fails(cls, settings: Any) -> bool:
        """Whether it may fail at all: whoever is to be asked after one that cannot never is."""
        return True

    @property
    def working(self) -> bool:
        """Whether work is under way."""
        return self._task is not None and not self._task.done()

    def start(self, turn: int, work: AsyncGenerator[Frame, None]) -> Task[None]:
        """End what runs; then push each frame that `work` yields, until `turn` is void."""
        busy = self.working
        self.stop()
        run = self._enrolled(self._run(turn, work))
        self._task = run.task
        if not busy:  # or what the old work had open is closed first, on the loop's next turn
            self.chain.begin(run)
        return run.task

    def stop(self) -> None:
        """End what runs: nothing of it is pushed any more, and what it had open is closed."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def spawn(self, work: Coroutine[Any, Any, Item]) -> Task[Item]:
        """Run something that ends with the call; whoever waits for it learns what went wrong in it.

        It begins now, or as soon as what is crossing has left.
        """
        run = self._enrolled(work)
        self.chain.begin(run)
        return run.task

    def _enrolled(self, work: Coroutine[Any, Any, Item]) -> Eager[Item]:
        run = Eager(self.chain.loop, work)
        self.chain.tasks.add(run.task)
        run.task.add_done_callback(self._over)
        return run

    def _over(self, task: Task[Any]) -> None:
        self.chain.tasks.discard(task)
        if not task.cancelled():
            task.exception()  # has been seen, even if nobody waits for it to its end

    def is_void(self, turn: int) -> bool:
        """Whether what work for this turn still yields is of no use any more."""
        return turn != self.chain.turn

    def failed(self, turn: int, error: Exception) -> None:
        """What to do when work failed; by default it is a fault of this step, as from any handler."""
        raise error

    def close(self) -> None:
        self.stop()

    async def attempt(self, stream: AsyncGenerator[Item, None]) -> AsyncGenerator[Item, None]:
        """What `stream` yields, up to its end or its failure; a failure is noted and the work goes on without it."""
        try:
            async with aclosing(stream):
                async for item in stream:
                    yield item
        except Exception as error:  # noqa: BLE001 - a provider's trouble of any kind has the same answer: what stands in for it
            self.call.fault(error, str(self))

    # ---- providers -------------------------------------------------------------------------------------------------

    def providers(self) -> Iterator[Self]:
        """Whom to ask, one after the other: this one and its spares, but one whose breaker is open only if all fail."""
        skipped = []
        for each in cast("tuple[Self, ...]", (self, *self.spares)):
            if each.breaker.lets(self.now):
                yield each
            else:
                skipped.append(each)
        yield from skipped[:1]

    def trial(self) -> breaker.Trial:
        """A request to this one's provider, as a context."""
        return self.breaker.trial(self.chain.loop.time, self._breaker_is)

    def _breaker_is(self, state: str) -> None:
        self.call.log.warning("BREAKER {} {}", self.breaker.provider, state)
        self.call.tell(BreakerChanged(self.breaker.provider, state))

    async def first_answer(
        self, ask: Callable[[Self], AsyncGenerator[Item, None]], settles: Callable[[Item], bool] = lambda _: True
    ) -> AsyncGenerator[Item, None]:
        """What the first provider that can answer yields; once an item settles it, there is no going back to another.

        It has `answers_within` for that one, and for each further one. Raises what the last one raised.
        """
        trouble: Exception = LookupError("nobody to ask")
        for provider in self.providers():
            trial = provider.trial()
            try:
                with trial:
                    async with asyncio.timeout(self.answers_within) as waiting, aclosing(ask(provider)) as items:
                        async for item in items:
                            if settles(item):
                                trial.worked()
                            yield item
                            if trial.answered:
                                waiting.reschedule(self.now + self.answers_within)
                    trial.worked()
                return
            except Exception as error:  # whatever trouble it has, another may not have it
                if trial.answered:
                    raise
                self._passed_over(provider, trouble := error)
        raise trouble

    def _passed_over(self, provider: Self, error: Exception) -> None:
        why = f"{type(error).__name__} {clipped(str(error), SHOWN)}".strip()
        self.call.log.warning("PROVIDER_ERR {}: {} ({})", provider.breaker.provider, why, provider.where)
        self.call.tell(ProviderFailed(provider.breaker.provider, type(error).__name__))

    def noted(self, what: type[Exchange], to: str, items: AsyncGenerator[Item, None]) -> AsyncGenerator[Item, None]:
        """The same items, each an event of the call, as is the question: what a provider gave `to` a text, and when.

        Of sound, the event has the number of bytes.
        """
        self._asked += 1
        self.call.tell(what(to, self._asked))
        return self._noted(what, {"to": to, "ask": self._asked}, self.now, items)

    async def _noted(
        self, what: type[Exchange], told: dict[str, Any], begun: float, items: AsyncGenerator[Item, None]
    ) -> AsyncGenerator[Item, None]:
        try:
            async with aclosing(items) as given:
                async for item in given:
                    got: Any = len(item) if isinstance(item, bytes) else item
                    self.call.tell(what(**told, after=self.now - begun, got=got))
                    yield item
        except Exception as error:  # noted, no more
            self.call.tell(what(**told, after=self.now - begun, error=type(error).__name__))
            raise
        self.call.tell(what(**told, after=self.now - begun, ended=True))

    async def _run(self, turn: int, work: AsyncGenerator[Frame, None]) -> None:
        mine = current_task()
        try:
            async with aclosing(work):
                async for frame in work:
                    if self.is_void(turn) or self._task is not mine:
                        return
                    self.chain.enter(self.push, frame)
        except Exception as error:  # noqa: BLE001 - to the one door, where it becomes the call's fault policy
            if self._task is mine and not self.is_void(turn):
                self.chain.enter(self.failed, turn, error)
