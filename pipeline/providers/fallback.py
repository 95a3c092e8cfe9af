"""Asking a provider, and the next one where it fails: breakers, time limits, and the events that a record keeps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from types import TracebackType
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

from pipeline.call import Call
from pipeline.events import BreakerChanged, Exchange, ProviderFailed
from pipeline.faults import clipped
from pipeline.providers import breaker

Item = TypeVar("Item")
SHOWN = 160  # characters of a provider's error that are logged


class Request(Generic[Item]):
    """One request to a provider; `answer` yields what the provider gives, and the reader of it notes each item.

    A context of the reading: an error in it is noted, a cancellation is not. Of sound, an event has the number of
    bytes; `after` is in seconds since the request.
    """

    def __init__(self, answer: AsyncGenerator[Item, None], note: Callable[..., None], clock: Callable[[], float]):
        self.answer = answer
        self._note, self._clock, self._begun = note, clock, clock()
        note()

    def got(self, item: Item) -> None:
        """Note an item."""
        self._note(after=self._clock() - self._begun, got=len(item) if isinstance(item, bytes) else item)

    def ended(self) -> None:
        """Note that the provider has given everything."""
        self._note(after=self._clock() - self._begun, ended=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(error, Exception):
            self._note(after=self._clock() - self._begun, error=type(error).__name__)


class Provider:
    """A step's provider, and those that are asked in its place when it fails; `breaker` is shared by all calls."""

    answers_within: ClassVar[float] = 10.0  # seconds; a provider that takes longer has failed
    trips: ClassVar[int] = breaker.AFTER  # failures in a row after which its provider is left alone

    call: Call
    where: str  # the step's place in the YAML
    spares: tuple[Any, ...]  # providers of the same kind, in the order in which they are asked

    def __init__(self) -> None:
        self.breaker = breaker.Breaker(type(self).__name__, self.trips)
        self._requests = 0

    @classmethod
    def fails(cls, settings: Any) -> bool:
        """True if it can fail: a fallback behind one that cannot is never used."""
        return True

    def providers(self) -> Iterator[Self]:
        """Yield this step, then its spares; of those with an open breaker only the first, and that at the end."""
        skipped = []
        for each in cast("tuple[Self, ...]", (self, *self.spares)):
            if each.breaker.lets(self.call.loop.time()):
                yield each
            else:
                skipped.append(each)
        yield from skipped[:1]

    def trial(self) -> breaker.Trial:
        """A request that this step's breaker counts, as a context."""
        return self.breaker.trial(self.call.loop.time, self._breaker_is)

    def _breaker_is(self, state: str) -> None:
        self.call.log.warning("BREAKER {} {}", self.breaker.provider, state)
        self.call.tell(BreakerChanged(self.breaker.provider, state))

    async def first_answer(
        self, ask: Callable[[Self], AsyncGenerator[Item, None]], settles: Callable[[Item], bool] = lambda _: True
    ) -> AsyncGenerator[Item, None]:
        """Yield the answer of the first provider that gives one; after an item that `settles` it, no other is asked.

        A provider has `answers_within` for that item, and for each further one. Raises the last provider's error.
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
                                waiting.reschedule(self.call.loop.time() + self.answers_within)
                    trial.worked()
                return
            except Exception as error:  # of any kind: the next provider may not have it
                if trial.answered:
                    raise
                self._passed_over(provider, trouble := error)
        raise trouble

    def _passed_over(self, provider: Self, error: Exception) -> None:
        why = f"{type(error).__name__} {clipped(str(error), SHOWN)}".strip()
        self.call.log.warning("PROVIDER_ERR {}: {} ({})", provider.breaker.provider, why, provider.where)
        self.call.tell(ProviderFailed(provider.breaker.provider, type(error).__name__))

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """End the block at its first error, note that as a fault of the call, and go on behind the block."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - of any kind: something else stands in for the provider
            self.call.fault(error, str(self))

    def new_request(self, kind: type[Exchange], to: str, answer: AsyncGenerator[Item, None]) -> Request[Item]:
        """Make a request whose answer to a text becomes events of this kind."""
        self._requests += 1
        told: dict[str, Any] = {"to": to, "ask": self._requests}
        return Request(answer, lambda **more: self.call.tell(kind(**told, **more)), self.call.loop.time)

    def answered_at_once(self, kind: type[Exchange], to: str, got: Any) -> None:
        """Note the events of a request that was answered as soon as it was made."""
        self._requests += 1
        self.call.tell(kind(to, self._requests))
        self.call.tell(kind(to, self._requests, after=0.0, got=got))
        self.call.tell(kind(to, self._requests, after=0.0, ended=True))
