"""A media stream's socket as a call's wire: sends without waiting, and cuts off a peer that does not read."""

from __future__ import annotations

import asyncio
from asyncio import TimerHandle
from collections.abc import Callable
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web
from aiohttp.client_exceptions import ClientConnectionResetError

from pipeline.server.options import Limits
from pipeline.server.stream.inbox import Stream
from pipeline.vocabulary import Cause

if TYPE_CHECKING:
    from pipeline.call import Call
    from pipeline.records.recorder import Record

UNREAD = 256 * 1024  # bytes that may wait for a peer that does not read: a quarter of a minute of sound
REASON = 123  # bytes that a close frame has for its reason


class MediaSocket:
    """One media stream's socket; implements `pipeline.call.Wire`. Made before the upgrade, used after it.

    `closing` is whether this end has said that it closes: nothing is sent from then on.
    """

    def __init__(self, ws: Stream, request: web.Request, limits: Limits) -> None:
        if request.transport is None:
            raise ConnectionResetError("the peer has gone")
        self.ws = ws
        self.call: Call | None = None
        self.record: Record | None = None
        self.closing = False
        self._limits = limits
        self._protocol = request.protocol
        self._transport = request.transport
        self._loop = asyncio.get_running_loop()
        self._stuck_since = 0.0  # loop time; 0: the peer reads
        self._timers: list[TimerHandle] = []
        self._frames: list[bytes] = []  # to be written

    @property
    def dead(self) -> bool:
        """Whether nothing comes from it any more."""
        return self.ws.closed or self._transport.is_closing()

    def send(self, data: bytes) -> None:
        """Send one text frame, at the next `flush`. What cannot be sent any more is dropped."""
        if self.closing or self.dead:
            return
        self._frames.append(framed(data))
        if self.record is not None:
            self.record.message(self._loop.time(), "out", data)

    def flush(self) -> None:
        """Write what was sent since the last flush, all of it at once: it is the system call that costs."""
        if not self._frames:
            return
        frames = b"".join(self._frames)
        self._frames.clear()
        if self.dead:
            return
        self._transport.write(frames)
        if self._protocol.writing_paused:
            self._suspect()
        else:
            self._stuck_since = 0.0

    def hang_up(self, reason: str) -> None:
        """End the call politely: Twilio goes on with the TwiML's `action`."""
        self.close(1000, reason)

    def reject(self, code: int, reason: str) -> None:
        """Close on a peer that breaks the protocol."""
        if self.call is not None and not self.closing:
            self.call.note_cause(Cause.REFUSED)
            self.call.log.warning("WS_REJECT sid={} code={} {}", self.call.stream_sid, code, reason)
        self.close(code, reason)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Say that this end closes, and give the peer a second to answer; the first code is the one that is sent."""
        if self.closing:
            return
        self.flush()
        self.closing = True
        self._say(code.to_bytes(2, "big") + reason.encode("ascii", "replace")[:REASON])
        self._later(self._limits.closing, self._let_go)

    async def closed(self) -> None:
        """Close, and wait until the peer has answered or its time is over."""
        self.close()
        async for _ in self.ws:  # unread input would make the close a reset, which could overtake our last words
            pass
        for timer in self._timers:
            timer.cancel()
        self._let_go()

    def _say(self, last: bytes) -> None:
        frame = self.ws.send_frame(last, WSMsgType.CLOSE)
        try:
            frame.send(None)  # a short frame is written before the first wait, which is for a slow peer
        except (StopIteration, ClientConnectionResetError):
            return
        frame.close()

    def _let_go(self) -> None:
        if self._transport.get_write_buffer_size():  # closing would wait for ever for a peer that does not read
            self._transport.abort()
        else:
            self._transport.close()

    def _suspect(self) -> None:
        """The peer leaves our messages unread: measure how many, and for how long."""
        if self._transport.get_write_buffer_size() > UNREAD:
            self._cut_off()
        elif not self._stuck_since:
            self._stuck_since = self._loop.time()
            self._later(self._limits.unread, self._check)

    def _check(self) -> None:
        if not self._stuck_since or not self._protocol.writing_paused:
            return
        left = self._stuck_since + self._limits.unread - self._loop.time()
        if left > 0:  # it read in between and got stuck anew
            self._later(left, self._check)
        else:
            self._cut_off()

    def _cut_off(self) -> None:
        if self.call is not None:
            self.call.note_cause(Cause.PEER_NOT_READING)
        self._transport.abort()

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        self._timers = [timer for timer in self._timers if timer.when() > self._loop.time()]
        self._timers.append(self._loop.call_later(seconds, action))


def framed(data: bytes) -> bytes:
    """A whole message of text as a server's frame: not masked. Source: RFC 6455, section 5.2."""
    if (size := len(data)) < 126:
        return b"\x81" + size.to_bytes(1, "big") + data
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big") + data
    return b"\x81\x7f" + size.to_bytes(8, "big") + data
