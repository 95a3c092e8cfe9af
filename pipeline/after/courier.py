"""The work on one call in the outbox: its end is told, a model is asked, and the analysis is told, each once due."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import time

from aiohttp import ClientSession
from loguru import logger

from pipeline.after import analysis
from pipeline.after.case import Case
from pipeline.after.files import Delivery, State
from pipeline.after.messages import ANALYSED, ENDED, body, headers
from pipeline.after.models import Models, Unanswered
from pipeline.after.past_call import turns
from pipeline.after.sending import PAUSES, post, settle
from pipeline.config import Config
from pipeline.config.after_settings import Receiver
from pipeline.log.throttle import Throttle
from pipeline.memory import Memory

TRIES = 3  # of a model


class Courier:
    """Works on one locked case whose call has ended, and attempts whatever is due `until` a Unix time.

    `unsaved` is called with a case that the disk did not take.
    """

    def __init__(
        self,
        case: Case,
        config: Config,
        session: ClientSession,
        models: Models,
        unsaved: Callable[[Case, OSError], None],
        throttle: Throttle,
        until: float,
    ) -> None:
        self.case, self.config, self.session, self.models = case, config, session, models
        self._unsaved, self._throttle, self._until = unsaved, throttle, until
        self._saving = asyncio.Lock()

    async def work(self) -> float | None:
        """Do everything that is due; return the Unix time of the next attempt, None if all is over."""
        self._address()
        await asyncio.gather(self._tell(ENDED), self._analyse())
        if self._is_over:
            await asyncio.to_thread(self.case.put_away)
            self._log()
            return None
        dues = [each.due for each in self.case.pending() if each.event == ENDED or self.case.analysed is not None]
        return min([*dues, *([self.case.sent.ask_due] if self._is_open else [])])

    @property
    def _is_open(self) -> bool:
        """True while the analysis is to be made."""
        return self.config.after.analyses and self.case.analysed is None

    @property
    def _is_over(self) -> bool:
        return not self._is_open and not self.case.pending()

    def _address(self) -> None:
        """Add the deliveries that the config wants, and leave out those of receivers that it has no more."""
        known = {(each.event, each.to): each for each in self.case.sent.deliveries}
        events = (ENDED, *([ANALYSED] if self.config.after.analyses else []))
        self.case.sent.deliveries = [
            known.get((event, it.id)) or Delivery(event=event, to=it.id, shown=it.shown)
            for event in events
            for it in self.config.after.send
            if event in it.events
        ]

    async def _tell(self, event: str) -> None:
        """Attempt the deliveries of an event that are due, side by side."""
        receivers = {it.id: it for it in self.config.after.send}
        due = [each for each in self.case.pending() if each.event == event and each.due <= self._until]
        await asyncio.gather(*(self._attempt(each, receivers[each.to]) for each in due))

    async def _attempt(self, delivery: Delivery, receiver: Receiver) -> None:
        assert self.case.ended is not None
        content = body(delivery.event, self.case.ended, self.case.analysed, receiver)
        told = headers(self.case.name, delivery.event, int(time()), content, receiver.keys)
        status, last = await post(self.session, receiver.url, content, told)
        settle(delivery, status, last, time())
        self._report(delivery)
        await self._save()

    def _report(self, delivery: Delivery) -> None:
        """Log a delivery that failed, once a minute for each receiver and outcome."""
        if delivery.state is State.DELIVERED:
            return
        dead = delivery.state is State.DEAD
        become = {State.DEAD: "is dead", State.STOPPED: "is not wanted any more"}.get(delivery.state, "is tried again")
        line = f"AFTER {delivery.event} of {self.case.name} {become}: {delivery.last}, {delivery.shown}"

        def tell(more: int) -> None:
            logger.log("ERROR" if dead else "WARNING", "{}{}", line, f" ({more} times more)" if more else "")

        self._throttle.put((delivery.to, delivery.state), tell)

    async def _analyse(self) -> None:
        """Have the call analysed if that is due, and tell it."""
        case, settings = self.case, self.config.after
        assert case.ended is not None
        if self._is_open and case.sent.ask_due <= self._until:
            count = turns(Memory.decode(bytes(case.ended.memory)))
            if count <= settings.unless.turns:
                await self._found(analysis.unanswered("skipped", f"the caller had {count} turns", settings))
            else:
                await self._ask()
        if case.analysed is not None and settings.analyses:
            await self._tell(ANALYSED)

    async def _ask(self) -> None:
        """Ask the model once; after the third failure that is the analysis."""
        case, settings = self.case, self.config.after
        assert case.ended is not None
        try:
            await self._found(await self.models.analyse(self.config, case.ended))
        except Unanswered as why:
            case.sent.asked += 1
            logger.bind(call_sid=case.name).warning("AFTER the model gave no analysis: {}", why)
            if case.sent.asked >= TRIES:
                await self._found(analysis.unanswered("failed", str(why), settings))
            case.sent.ask_due = time() + PAUSES[case.sent.asked - 1]
            await self._save()

    async def _found(self, found: dict[str, object]) -> None:
        try:
            await asyncio.to_thread(self.case.analyse, found)
        except OSError as error:  # it is kept in memory, and sent all the same
            self._unsaved(self.case, error)

    async def _save(self) -> None:
        async with self._saving:
            try:
                await asyncio.to_thread(self.case.save)
            except OSError as error:
                self._unsaved(self.case, error)

    def _log(self) -> None:
        states = ", ".join(f"{it.event} {it.state}" for it in self.case.sent.deliveries) or "nothing to send"
        logger.bind(call_sid=self.case.name.partition(".")[0]).info("AFTER {}", states)
