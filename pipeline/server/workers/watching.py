"""The calls in worker processes as viewers see them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import msgspec

from pipeline.server.registry import Registry
from pipeline.server.watching.calls import WatchedCalls
from pipeline.server.watching.watch import Sink, ending
from pipeline.server.workers.messages import Seen, Unwatch, Watch
from pipeline.server.workers.supervisor import RemoteCall, Supervisor
from pipeline.vocabulary import Cause


class RemoteWatch:
    """A viewer's watch on a call in a worker; `over` ends it, as the worker would."""

    def __init__(self, sink: Sink, supervisor: Supervisor, number: int, left: Callable[[int], object], *, sound: bool):
        self.sink, self.supervisor, self.number = sink, supervisor, number
        self._left, self._sound = left, sound

    def close(self) -> None:
        """Deliver nothing more."""
        self._left(self.number)
        self.supervisor.send(Unwatch(self.number))

    def over(self, cause: str) -> None:
        """Deliver the end of a call whose worker cannot."""
        self._left(self.number)
        self.sink(ending(cause, sound=self._sound))


class RemoteCalls:
    """The calls of a server whose workers run them; implements `pipeline.server.watching.calls.Watching`.

    Rows are those that the workers told last, a second ago at most.
    """

    def __init__(self, registry: Registry, supervisors: list[Supervisor], own: WatchedCalls) -> None:
        self._registry, self._supervisors, self._own = registry, supervisors, own
        self._watches: dict[int, RemoteWatch] = {}
        self._numbers = count(1)
        for supervisor in supervisors:
            supervisor.viewers = self

    def digest(self) -> dict[str, Any]:
        """Return the rows of all calls, the breakers and the quotas of the workers, as plain data."""
        own = self._own.digest()
        told = [msgspec.json.decode(each.digest) for each in self._supervisors if each.up and each.digest]
        running = {row["sid"]: {**row, "worker": number} for number, one in enumerate(told, 1) for row in one["calls"]}
        return {
            "calls": [running.get(row["sid"], row) for row in own["calls"]],
            "providers": [each for one in told for each in one["providers"]],
            "quotas": [each for one in told for each in one["quotas"]],
            "blocked": max([own["blocked"], *(one["blocked"] for one in told)]),
            "refused": sum([own["refused"], *(one["refused"] for one in told)]),
        }

    def watch(self, call_sid: str, sink: Sink, *, sound: bool = False) -> RemoteWatch:
        """Deliver a call to a viewer; raises LookupError if no call of a worker has this sid."""
        entry = self._registry.entries[call_sid]
        if not isinstance(entry.call, RemoteCall):
            raise LookupError(call_sid)
        number = next(self._numbers)
        watch = RemoteWatch(sink, entry.call.supervisor, number, self._leave, sound=sound)
        self._watches[number] = watch
        watch.supervisor.send(Watch(number, call_sid, sound))
        return watch

    def seen(self, message: Seen) -> None:
        """Pass a worker's delivery on to its viewer."""
        if (watch := self._watches.get(message.number)) is not None:
            watch.sink(message.data)

    def lost(self, supervisor: Supervisor) -> None:
        """End the watches on the calls of a lost worker."""
        for watch in [each for each in self._watches.values() if each.supervisor is supervisor]:
            watch.over(Cause.WORKER_LOST)

    def _leave(self, number: int) -> None:
        self._watches.pop(number, None)
