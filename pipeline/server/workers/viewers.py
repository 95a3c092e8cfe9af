"""The worker's side of viewers: the watches that the parent asks for, and the rows of the worker's calls."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.server.watching.calls import Closing, WatchedCalls
from pipeline.server.watching.watch import ending
from pipeline.server.workers.messages import Message, Seen, Unwatch, Watch
from pipeline.text.plain_json import encoded


class LocalViewers:
    """The viewers of the calls of this worker, by number; `send` sends a message to the parent.

    Without `calls`, those of a server without viewers, there is nothing to tell.
    """

    def __init__(self, calls: WatchedCalls | None, send: Callable[[Message], None]) -> None:
        self._calls, self._send = calls, send
        self._watches: dict[int, Closing] = {}

    def digest(self) -> bytes:
        """Return the rows of the calls as JSON."""
        return b"" if self._calls is None else encoded(self._calls.digest())

    def heard(self, message: Watch | Unwatch) -> None:
        """Begin or end a watch."""
        if isinstance(message, Watch):
            self._watch(message)
        elif (watch := self._watches.pop(message.number, None)) is not None:
            watch.close()

    def _watch(self, message: Watch) -> None:
        def deliver(data: bytes) -> None:
            self._send(Seen(message.number, data))

        try:
            if self._calls is None:
                raise LookupError
            self._watches[message.number] = self._calls.watch(message.call_sid, deliver, sound=message.sound)
        except LookupError:  # it has ended in this moment
            deliver(ending("", sound=message.sound))
