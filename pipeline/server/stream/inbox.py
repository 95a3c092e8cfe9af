"""A media stream's socket whose everyday messages go straight to whoever takes them, without waking a task for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web
from aiohttp._websocket.reader import WebSocketDataQueue, WebSocketReader

if TYPE_CHECKING:
    from aiohttp.http import WebSocketWriter

UNREAD = 64 * 1024  # bytes that may wait to be received before reading pauses
TEXT = WSMsgType.TEXT


class Inbox(WebSocketDataQueue):
    """The messages that have come. `take` gets a text message first, and says whether it has taken it.

    What is not taken waits to be received, and so does all that comes after it until then.
    """

    take: Callable[[bytes], bool] | None = None

    def feed_data(self, message: Any, size: int) -> None:
        """A message has come, of so many bytes; called by the parser."""
        if self.take is None or self._buffer or message[0] is not TEXT or not self.take(message[1]):
            super().feed_data(message, size)


class Stream(web.WebSocketResponse[bool]):
    """A WebSocket, not compressed, its text as bytes, with an `inbox` as soon as it is prepared.

    Nothing asks whether the peer lives: a stream without media is ended by the registry's watchdog.
    """

    inbox: Inbox

    def _post_start(self, request: web.BaseRequest, protocol: str | None, writer: WebSocketWriter) -> None:
        """As aiohttp's own, which makes a queue that cannot be given to it."""
        assert self._loop is not None
        self._ws_protocol, self._writer = protocol, writer
        self.inbox = self._reader = Inbox(request.protocol, UNREAD, loop=self._loop)
        self._parser = WebSocketReader(self.inbox, self._max_msg_size, compress=False, decode_text=False)
        request.protocol.set_parser(self._parser)
        request.protocol.keep_alive(False)
