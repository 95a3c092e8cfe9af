"""A WebSocket that passes text messages to a callback as they are parsed, instead of waking a task for each.

A call receives 50 media messages a second. aiohttp's public interface has only the queue that a task waits on, so both
classes override private parts of it, which are the same in the versions that `pyproject.toml` allows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiohttp import WebSocketError, WSCloseCode, WSMsgType, web
from aiohttp._websocket.reader import WebSocketDataQueue

from pipeline.server.stream.frames import StrictReader

if TYPE_CHECKING:
    from aiohttp.http import WebSocketWriter

UNREAD = 64 * 1024  # bytes in the queue, from which on reading from the socket pauses
TEXT = WSMsgType.TEXT
UNSENT, LAST = 1006, 4999  # a close code that no frame may have, and the greatest. Source: RFC 6455, section 7.4


class Inbox(WebSocketDataQueue):
    """The queue of received messages, with a callback in front of it.

    `take` is called with each text message, and returns True if it has handled it. A message that it has not handled is
    queued, and so are all later ones until the queue is empty: the order of messages is kept. `pong` is called with the
    data of each pong. `broken` is the error of a peer that broke the protocol, once it has.
    """

    take: Callable[[bytes], bool] | None = None
    pong: Callable[[bytes], None] | None = None
    broken: WebSocketError | None = None

    def feed_data(self, message: Any, size: int) -> None:
        """Handle or queue a message of `size` bytes; called by aiohttp's parser.

        Raises WebSocketError for text that is not UTF-8, and for a close code that no peer may send.
        """
        kind, data = message[0], message[1]
        if kind is TEXT:
            if not data.isascii():
                _check_text(data)
            if self.take is not None and not self._buffer and self.take(data):
                return
        elif kind is WSMsgType.PONG:
            if self.pong is not None:
                self.pong(bytes(data))
            return
        elif kind is WSMsgType.CLOSE and (data == UNSENT or data > LAST):
            raise WebSocketError(WSCloseCode.PROTOCOL_ERROR, f"{data} is no close code")
        super().feed_data(message, size)

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        """End the queue with an error; called by aiohttp's parser."""
        if isinstance(exc, WebSocketError):
            self.broken = exc
        super().set_exception(exc, *cause)


class Stream(web.WebSocketResponse[bool]):
    """A server's WebSocket without compression, with text as bytes, and with an `inbox` once it is prepared.

    It sends no pings of its own: the registry ends a call whose media stops, `Reading` that of a peer that is deaf.
    """

    inbox: Inbox

    def _post_start(self, request: web.BaseRequest, protocol: str | None, writer: WebSocketWriter) -> None:
        """Start reading into an `Inbox`.

        Repeats aiohttp's method of this name, because that creates its own queue and has no parameter for another one.
        """
        assert self._loop is not None
        self._ws_protocol, self._writer = protocol, writer
        self.inbox = self._reader = Inbox(request.protocol, UNREAD, loop=self._loop)
        self._parser = StrictReader(self.inbox, self._max_msg_size, self._loop.time)
        request.protocol.set_parser(self._parser)
        request.protocol.keep_alive(False)


def _check_text(data: bytes) -> None:
    try:
        data.decode()
    except UnicodeDecodeError:
        raise WebSocketError(WSCloseCode.INVALID_TEXT, "text is not UTF-8") from None
