"""The load of worker processes: the one that takes the next call, and those that are replaced as they keep memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from loguru import logger

from pipeline.config import Config
from pipeline.server.memory import is_short
from pipeline.server.workers.supervisor import Supervisor
from pipeline.vocabulary import Refusal


class Load:
    """The load of the workers of these supervisors, each of which has its part of the limit of memory.

    `configs` returns those of all agents.
    """

    def __init__(self, supervisors: Sequence[Supervisor], configs: Callable[[], Sequence[Config]]) -> None:
        self.supervisors, self.configs = supervisors, configs
        self._large: set[Supervisor] = set()  # those without calls that had too much memory a look ago

    @property
    def closed(self) -> Refusal | None:
        """The reason for which no worker takes a new call: there is none, or all are short of memory."""
        if (least := self.least()) is None:
            return Refusal.DRAINING
        return Refusal.MEMORY if self._is_short(least) else None

    def least(self) -> Supervisor | None:
        """Return the worker for the next call, the one with the fewest; None if none takes calls at the moment.

        One that is short of memory is the last choice: for a call that has been taken already.
        """
        return min(self._free(), key=lambda each: (self._is_short(each), *each.load), default=None)

    def look(self) -> None:
        """Replace the processes that had calls, have none, and have too much memory for a second time."""
        idle = (each for each in self._free() if each.used and not each.entries)
        large = {each for each in idle if self._is_short(each)}
        for supervisor in large & self._large:
            logger.warning("WORKER {} keeps too much memory after its calls: it is replaced", supervisor.number)
            supervisor.renew(max(config.server.after_call for config in self.configs()))
        self._large = large

    def _free(self) -> Iterator[Supervisor]:
        return (each for each in self.supervisors if each.free)

    def _is_short(self, supervisor: Supervisor) -> bool:
        return is_short(supervisor.memory * len(self.supervisors), self.configs())
