"""A WebSocket that passes text messages to a callback as they are parsed, instead of waking a task for each.

A call receives 50 media messages a second. aiohttp's public interface has only the queue that a task waits on, so both
classes override private parts of it, which are the same in the versions that `pyproject.toml` allows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web
from aiohttp._websocket.reader import WebSocketDataQueue, WebSocketReader

if TYPE_CHECKING:
    from aiohttp.http import WebSocketWriter

UNREAD = 64 * 1024  # bytes in the queue, from which on reading from the socket pauses
TEXT = WSMsgType.TEXT


class Inbox(WebSocketDataQueue):
    """The queue of received messages, with a callback in front of it.

    `take` is called with each text message, and returns True if it has handled it. A message that it has not handled is
    queued, and so are all later ones until the queue is empty: the order of messages is kept.
    """

    take: Callable[[bytes], bool] | None = None

    def feed_data(self, message: Any, size: int) -> None:
        """Handle or queue a message of `size` bytes; called by aiohttp's parser."""
        if self.take is None or self._buffer or message[0] is not TEXT or not self.take(message[1]):
            super().feed_data(message, size)


class Stream(web.WebSocketResponse[bool]):
    """A server's WebSocket without compression, with text as bytes, and with an `inbox` once it is prepared.

    It sends no pings: the registry ends a call whose media stops.
    """

    inbox: Inbox

    def _post_start(self, request: web.BaseRequest, protocol: str | None, writer: WebSocketWriter) -> None:
        """Start reading into an `Inbox`.

        Repeats aiohttp's method of this name, because that creates its own queue and has no parameter for another one.
        """
        assert self._loop is not None
        self._ws_protocol, self._writer = protocol, writer
        self.inbox = self._reader = Inbox(request.protocol, UNREAD, loop=self._loop)
        self._parser = WebSocketReader(self.inbox, self._max_msg_size, compress=False, decode_text=False)
        request.protocol.set_parser(self._parser)
        request.protocol.keep_alive(False)
