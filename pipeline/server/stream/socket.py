"""A media stream's socket as the wire of a call: it sends without waiting, and aborts if the peer does not read."""

from __future__ import annotations

import asyncio
import socket
from asyncio import TimerHandle
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web
from aiohttp.client_exceptions import ClientConnectionResetError

from pipeline.server.options import Limits
from pipeline.server.stream.inbox import Stream
from pipeline.vocabulary import Cause

if TYPE_CHECKING:
    from pipeline.call import Call
    from pipeline.records.recorder import Record

KERNEL = 16 * 1024  # bytes of the system's send buffer, about a second of sound; Linux takes twice this for overhead
UNREAD = 256 * 1024  # unsent bytes, about 15 seconds of sound, from which on a peer is taken not to read
Listener = Callable[[float, str, bytes], None]  # loop time in seconds; `in` or `out`; a message
TEXT, PING = b"\x81", b"\x89"  # first bytes of whole frames
REASON = 123  # bytes that a close frame's reason may have


class MediaSocket:
    """One media stream's socket; implements `pipeline.call.Wire`. Created before the upgrade, used after it.

    Nothing but `closed` waits. `closing` is True once this end has sent its close frame: later messages are dropped.
    Memory is bounded: a peer that leaves more than 256 KiB unread, or reads nothing for 2 seconds, is cut off. Raises
    ConnectionResetError if the peer has gone before the upgrade.
    """

    def __init__(self, ws: Stream, request: web.Request, limits: Limits, signed: bool = True) -> None:
        if request.transport is None:
            raise ConnectionResetError("the peer has gone")
        self.ws = ws
        self.signed = signed  # by Twilio, where signatures are checked; False: it is the console's phone
        self.call: Call | None = None
        self.record: Record | None = None
        self.listen: Listener | None = None  # is told of every message, both ways
        self._listeners: tuple[Listener, ...] = ()
        self.closing = False
        self.limits = limits
        self._protocol = request.protocol
        self._transport = request.transport
        _keep_short(request.transport)
        self._loop = asyncio.get_running_loop()
        self._stuck_since = 0.0  # loop time at which writing was paused; 0: the peer reads
        self._timers: list[TimerHandle] = []
        self._frames: list[bytes] = []  # to be written

    @property
    def dead(self) -> bool:
        """True once no more messages can come from it."""
        return self.ws.closed or self._transport.is_closing()

    def send(self, data: bytes) -> None:
        """Queue one text frame for the next `flush`; drops it if the socket is closing or closed."""
        if self.closing or self.dead:
            return
        self._frames.append(framed(data))
        if self.listen is not None:
            self.listen(self._loop.time(), "out", data)

    def listens(self, listener: Listener) -> None:
        """Let a listener in, who is told of every later message, with its loop time and `in` or `out`."""
        self._hand((*self._listeners, listener))

    def listens_no_more(self, listener: Listener) -> None:
        """Let a listener go; safe to call again."""
        self._hand(tuple(each for each in self._listeners if each != listener))

    def _hand(self, listeners: tuple[Listener, ...]) -> None:
        # One listener, the record, is the rule: it is called at once, and nothing for it stands in between.
        self._listeners = listeners
        self.listen = (listeners[0] if len(listeners) == 1 else _all(listeners)) if listeners else None

    def flush(self) -> None:
        """Write the queued frames with one system call, which is the cost of a write; never waits."""
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

    def ping(self, data: bytes) -> None:
        """Send a ping, which the peer has to answer with a pong of the same data."""
        if not self.closing:
            self._frames.append(framed(data, PING))
            self.flush()

    def hang_up(self, reason: str) -> None:
        """Close normally, upon which Twilio goes on with the TwiML's `action`."""
        self.close(1000, reason)

    def reject(self, code: int, reason: str) -> None:
        """Close the stream of a peer that breaks the protocol; the call's cause becomes `refused`."""
        if self.call is not None and not self.closing:
            self.call.note_cause(Cause.REFUSED)
            self.call.log.warning("WS_REJECT sid={} code={} {}", self.call.stream_sid, code, reason)
        self.close(code, reason)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Flush, send a close frame, and give the peer a second to answer; only the first call has an effect."""
        if self.closing:
            return
        self.flush()
        self.closing = True
        self._say(code.to_bytes(2, "big") + reason.encode("ascii", "replace")[:REASON])
        self._later(self.limits.closing, self._let_go)

    def finished(self, now: float) -> None:
        """Close the record of a call that ended at this loop time: nothing more is to be kept."""
        if self.record is not None and self.call is not None:
            self.record.close(now, self.call.cause)

    def cut_off(self) -> None:
        """Abort the connection of a peer that does not read; the call's cause becomes `peer_not_reading`."""
        if self.call is not None:
            self.call.note_cause(Cause.PEER_NOT_READING)
            self.call.log.warning("WS_CUT_OFF sid={} the peer does not read what it is sent", self.call.stream_sid)
        self._transport.abort()

    async def closed(self) -> None:
        """Close, wait until the peer has answered or a second has passed, and close the transport."""
        self.close()
        # The rest of the input is read and dropped: closing a TCP socket with unread input sends a reset, upon which
        # the peer could discard our last messages.
        async for _ in self.ws:
            pass
        for timer in self._timers:
            timer.cancel()
        self._let_go()

    def _say(self, last: bytes) -> None:
        frame = self.ws.send_frame(last, WSMsgType.CLOSE)
        try:
            # One step of the coroutine: aiohttp writes a short frame before it first waits, for a slow peer to read.
            frame.send(None)
        except (StopIteration, ClientConnectionResetError):
            return
        frame.close()

    def _let_go(self) -> None:
        if self._transport.get_write_buffer_size():  # `close` would wait for a peer that does not read
            self._transport.abort()
        else:
            self._transport.close()

    def _suspect(self) -> None:
        """Cut off a peer with too many bytes unread; else note since when, and check again after the limit."""
        if self._transport.get_write_buffer_size() > UNREAD:
            self.cut_off()
        elif not self._stuck_since:
            self._stuck_since = self._loop.time()
            self._later(self.limits.unread, self._check)

    def _check(self) -> None:
        if not self._stuck_since or not self._protocol.writing_paused:
            return
        left = self._stuck_since + self.limits.unread - self._loop.time()
        if left > 0:  # it has read since, and has stopped again
            self._later(left, self._check)
        else:
            self.cut_off()

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        self._timers = [timer for timer in self._timers if timer.when() > self._loop.time()]
        self._timers.append(self._loop.call_later(seconds, action))


def _all(listeners: tuple[Listener, ...]) -> Listener:
    def listen(now: float, way: str, data: bytes) -> None:
        for listener in listeners:
            listener(now, way, data)

    return listen


def framed(data: bytes, kind: bytes = TEXT) -> bytes:
    """Return a whole message as an unmasked WebSocket frame of a server. Source: RFC 6455, section 5.2."""
    if (size := len(data)) < 126:
        return kind + size.to_bytes(1, "big") + data
    if size < 1 << 16:
        return kind + b"\x7e" + size.to_bytes(2, "big") + data
    return kind + b"\x7f" + size.to_bytes(8, "big") + data


def _keep_short(transport: asyncio.Transport) -> None:
    """Keep the buffers of a stream short: what a peer does not read shows soon."""
    if (sock := transport.get_extra_info("socket")) is not None:
        with suppress(OSError):  # the peer has gone
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL)
    transport.set_write_buffer_limits(high=0)
