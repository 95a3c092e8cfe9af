"""Requests to a provider, and to the next one when it fails: breakers, time limits, and the events of a record."""

from __future__ import annotations

import asyncio
from asyncio import Task
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import aclosing, contextmanager
from functools import partial
from types import TracebackType
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

from pipeline.call import Call
from pipeline.events import BreakerChanged, Exchange, ModelExchange, ProviderFailed
from pipeline.faults import clipped
from pipeline.providers import breaker
from pipeline.providers.race import Entry, Race, step_in

Item = TypeVar("Item")
SHOWN = 160  # characters of a provider's error that are logged


class Request(Generic[Item]):
    """One request to a provider; `answer` yields its items, and the reader reports each one by `got`, then `ended`.

    Each report becomes an event of class `kind` with the text `to` and the number `ask`; the first is told at once. Of
    sound, an event has the number of bytes; `after` is in seconds since the request. As a context around the reading,
    it reports an error in it; a cancellation is not reported.
    """

    __slots__ = ("_ask", "_begun", "_call", "_kind", "_to", "answer")

    def __init__(self, call: Call, kind: type[Exchange], to: str, ask: int, answer: AsyncGenerator[Item, None]) -> None:
        self._call, self._kind, self._to, self._ask = call, kind, to, ask
        self._begun = call.loop.time()
        self.answer = answer
        call.tell(kind(to, ask))

    def got(self, item: Item) -> None:
        """Report an item."""
        got = len(item) if isinstance(item, bytes) else cast("str | int", item)
        self._call.tell(self._kind(self._to, self._ask, self._after(), got))

    def asked_for(self, use: str, whole: bool) -> None:
        """Report that the item is a model's request for the tool `use`; `whole`: with all of its arguments."""
        self._call.tell(ModelExchange(self._to, self._ask, self._after(), "", use=use, whole=whole or None))

    def ended(self) -> None:
        """Report that the answer is complete."""
        self._call.tell(self._kind(self._to, self._ask, self._after(), ended=True))

    def _after(self) -> float:
        return self._call.loop.time() - self._begun

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(error, Exception):
            self._call.tell(self._kind(self._to, self._ask, self._after(), error=type(error).__name__))


class Provider:
    """A step's provider and its spares, which are asked when it fails; `breaker` is shared by all calls."""

    answers_within: ClassVar[float] = 5.0  # seconds for an answer outside of a turn, and for each further item
    share_of_turn: ClassVar[float] = 1.0  # of the time that is left of a turn: the most that an answer may take
    trips: ClassVar[int] = breaker.AFTER  # failures in a row that open its breaker

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
        # One skipped provider is asked after all the others: if none has answered, a request that will probably fail is
        # still better than a caller left without an answer.
        skipped = []
        for each in cast("tuple[Self, ...]", (self, *self.spares)):
            if each.breaker.lets(self.call.loop.time()):
                yield each
            else:
                skipped.append(each)
        yield from skipped[:1]

    def trial(self) -> breaker.Trial:
        """Return a context for one request, which this step's breaker counts."""
        return self.breaker.trial(self.call.loop.time, self._breaker_is)

    def _breaker_is(self, state: str) -> None:
        self.call.log.warning("BREAKER {} {}", self.breaker.provider, state)
        self.call.tell(BreakerChanged(self.breaker.provider, state))

    def first_answer(
        self, ask: Callable[[Self], AsyncGenerator[Item, None]], settles: Callable[[Item], bool] = lambda _: True
    ) -> AsyncGenerator[Item, None]:
        """Yield the first answer: of this provider, or of a spare, which is asked when this one fails or is slow.

        All of them together have `time_limit` for an item that `settles` it; after that no other is asked, and each
        further item has `further`. Raises the last provider's error, or TimeoutError.
        """
        limit = self.time_limit()
        if not self.spares:  # without a task of its own, as nothing is asked beside it
            return self._tried(self, self.trial(), ask, settles, limit)
        entries = (self._entry(each, ask, settles, limit) for each in self.providers())
        race = Race(entries, step_in(limit, 1 + len(self.spares)), settles, partial(self.spawn, awaited=True))
        return race.answer(self.call.loop.time() + limit)

    def time_limit(self) -> float:
        """Return the seconds that an answer may take: a share of the rest of the turn's time, if that is known."""
        left = self.call.answer_by - self.call.loop.time()
        return self.share_of_turn * left if left > 0 else self.answers_within

    def further(self) -> float:
        """Return the seconds that the next item of an answer may take, once the answer has begun."""
        return self.answers_within

    def spawn(self, work: Coroutine[Any, Any, Item], *, awaited: bool = False) -> Task[Item]:
        """Start a task of the call."""
        raise NotImplementedError

    def _entry(
        self,
        provider: Self,
        ask: Callable[[Self], AsyncGenerator[Item, None]],
        settles: Callable[[Item], bool],
        limit: float,
    ) -> Entry[Item]:
        trial = provider.trial()

        def late() -> None:
            trial.late()
            self._passed_over(provider, TimeoutError("another one was faster"))

        return Entry(self._tried(provider, trial, ask, settles, limit), late)

    async def _tried(
        self,
        provider: Self,
        trial: breaker.Trial,
        ask: Callable[[Self], AsyncGenerator[Item, None]],
        settles: Callable[[Item], bool],
        limit: float,
    ) -> AsyncGenerator[Item, None]:
        """Yield a provider's answer within its time; the breaker counts the outcome."""
        try:
            with trial:
                async with asyncio.timeout(limit) as waiting, aclosing(ask(provider)) as items:
                    async for item in items:
                        if settles(item):
                            trial.worked()
                        yield item
                        # The next item's time begins when the reader asks for it, not when this one came.
                        if trial.answered:
                            waiting.reschedule(self.call.loop.time() + self.further())
                trial.worked()
        except Exception as error:  # of any kind: the next provider may not have it
            if not trial.answered:
                self._passed_over(provider, error)
            raise

    def _passed_over(self, provider: Self, error: Exception) -> None:
        why = f"{type(error).__name__} {clipped(str(error), SHOWN)}".strip()
        self.call.log.warning("PROVIDER_ERR {}: {} ({})", provider.breaker.provider, why, provider.where)
        self.call.tell(ProviderFailed(provider.breaker.provider, type(error).__name__))

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """End the block at its first error, count that as a fault of the call, and go on after the block."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - of any kind: the next source of the answer takes over
            self.call.fault(error, str(self))

    def new_request(self, kind: type[Exchange], to: str, answer: AsyncGenerator[Item, None]) -> Request[Item]:
        """Return a request whose answer to the text `to` is told as events of class `kind`."""
        self._requests += 1
        return Request(self.call, kind, to, self._requests, answer)

    def answered_at_once(self, kind: type[Exchange], to: str, got: Any) -> None:
        """Tell the events of a request that is answered already, by one item: a record has the same three of each."""
        self._requests += 1
        self.call.tell(kind(to, self._requests))
        self.call.tell(kind(to, self._requests, after=0.0, got=got))
        self.call.tell(kind(to, self._requests, after=0.0, ended=True))
