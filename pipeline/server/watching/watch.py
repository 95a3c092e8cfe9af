"""The watch of one viewer on one call of this process: its events and its sound, as server-sent events."""

from __future__ import annotations

from asyncio import TimerHandle
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from pipeline.call import Call
from pipeline.events import Event
from pipeline.records.files import kept
from pipeline.records.words import redacted_event, wordless
from pipeline.server.watching.levels import Levels, agent_sound, caller_sound
from pipeline.server.watching.row import Row
from pipeline.server.watching.server_sent import framed
from pipeline.vocabulary import State

EVERY = 0.1  # seconds between deliveries
QUEUE = 5000  # events and messages that may wait for one delivery; the oldest are dropped beyond
CALLER, AGENT, CLEARED = b"\0", b"\1", b"\2"  # the first byte of a piece of sound

Sink = Callable[[bytes], None]  # called with each delivery


class Watch:
    """Delivers a call's events to `sink` from now on, ten times a second, until `close` or the end of the call.

    The first delivery is a snapshot of the call so far. With `sound`, pieces of sound are delivered in the place of
    events: each a byte for the side, two for a length, and mu-law; an empty delivery is the end. Nothing is encoded
    while a frame crosses the chain. Memory is bounded: beyond 5000 waiting entries the oldest are dropped, and the
    viewer is told how many. Without `log_words` the words of the call are blank.
    """

    def __init__(self, sink: Sink, sound: bool = False) -> None:
        self.leave: Callable[[], object] | None = None  # takes it from those that wait for their call
        self._sink, self._sound = sink, sound
        self._waiting: deque[tuple[float, str, Any]] = deque(maxlen=QUEUE)
        self._entered = 0
        self._levels = Levels()
        self._row: Row | None = None  # of its call, once that has begun
        self._timer: TimerHandle | None = None

    def begin(self, row: Row) -> None:
        """Begin with the call of this row, which is at any point of its life."""
        self._row, self.leave = row, None
        if not self._sound:
            row.call.watch(self._event)
            self._sink(framed("call", snapshot(row)))
        row.line.listens(self._message)
        self._timer = row.call.loop.call_later(EVERY, self._tick, row.call)

    def close(self) -> None:
        """Deliver nothing more; the call costs again as much as before. May be called again."""
        if self.leave is not None:
            self.leave()
            self.leave = None
        if self._row is None:
            return
        self._row.call.unwatch(self._event)
        self._row.line.listens_no_more(self._message)
        if self._timer is not None:
            self._timer.cancel()

    def over(self, cause: str) -> None:
        """Deliver the end of a call that never began."""
        self.leave = None
        self._sink(ending(cause, sound=self._sound))

    def _event(self, now: float, event: Event) -> None:
        self._entered += 1
        self._waiting.append((now, "", event))

    def _message(self, now: float, way: str, data: bytes) -> None:
        self._entered += 1
        self._waiting.append((now, way, data))

    def _tick(self, call: Call) -> None:
        self._timer = call.loop.call_later(EVERY, self._tick, call)
        waiting, lost = list(self._waiting), self._entered - len(self._waiting)
        self._waiting.clear()
        self._entered = 0
        if self._sound:
            if waiting:
                self._sink(b"".join(pieces(waiting)))
        elif waiting or lost:
            self._sink(b"".join(self._told(call, waiting, lost)))
        if call.state == State.ENDED:
            self.close()
            if self._sound:
                self._sink(b"")

    def _told(self, call: Call, waiting: Iterable[tuple[float, str, Any]], lost: int) -> Iterable[bytes]:
        if lost:
            yield framed("lost", {"count": lost})
        events: list[dict[str, Any]] = []
        for now, way, content in waiting:
            at = now - call.started
            if way:
                self._levels.add(at, way, content)
            else:
                events.append(told({"at": round(at, 4), **kept(content)}, call))
        for level in self._levels.take():
            yield framed(*level)
        if events:
            yield framed("events", events)
        if call.state == State.ENDED:
            yield over(round(call.loop.time() - call.started, 3), call.cause)


def over(at: float | None, cause: str | None) -> bytes:
    """Return the event that a call has ended: seconds since its start, and its cause, None if they are unknown."""
    return framed("over", {"at": at, "cause": cause})


def ending(cause: str | None, *, sound: bool) -> bytes:
    """Return the delivery that ends a watch on a call that cannot be watched."""
    return b"" if sound else over(None, cause)


def snapshot(row: Row) -> dict[str, Any]:
    """Return a call as it is now, and its story so far, as plain data."""
    call = row.call
    return {
        "sid": call.sid,
        "agent": call.config,
        "caller": call.caller,
        "called": call.called,
        "started": row.started,
        "at": round(call.loop.time() - call.started, 3),
        "language": call.language,
        "state": call.state,
        "words": call.log_words,
        "steps": row.steps,
        "events": [told(event, call) for event in row.story],
        "cut": row.told - len(row.story),
    }


def told(event: dict[str, Any], call: Call) -> dict[str, Any]:
    """Return an event for a viewer, its words blank or redacted as the call's config says."""
    if not call.log_words:
        return wordless(event)
    return redacted_event(event) if call.redact.console else event


def pieces(waiting: Iterable[tuple[float, str, Any]]) -> Iterable[bytes]:
    """Yield the sound of messages, each piece with the byte of its side and its length in two bytes before it."""
    for _, way, data in waiting:
        sound = caller_sound(data) if way == "in" else agent_sound(data)
        if sound is not None:
            side = CALLER if way == "in" else AGENT if sound else CLEARED
            yield side + len(sound).to_bytes(2, "big") + sound
