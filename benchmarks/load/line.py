"""One call's WebSocket, with a caller at its end."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec
import picows

from benchmarks.load.caller import Caller
from benchmarks.load.messages import Sending, parse

SUBPROTOCOL = ("Sec-WebSocket-Protocol", "audio.twilio.com")
HANDSHAKE = 15.0  # seconds that a server may take to accept a call


class Line(picows.WSListener):
    """Sends what the caller says and hands over what the server answers; `over` is called once, at the end."""

    def __init__(self, caller: Caller, index: int, over: Callable[[Line], None]) -> None:
        super().__init__()
        self.caller, self.over = caller, over
        self.sending = Sending(index)
        self.transport: picows.WSTransport | None = None
        self.ended = False

    async def dial(self, url: str) -> None:
        """Connect; a server that does not take the call ends it."""
        try:
            await picows.ws_connect(
                lambda: self, url, extra_headers=[SUBPROTOCOL], websocket_handshake_timeout=HANDSHAKE
            )
        except (OSError, picows.WSError, TimeoutError):
            self.end("refused")

    def tick(self, now: float) -> None:
        """20 ms of the call."""
        if self.ended or self.transport is None:
            return
        for name in self.caller.buffer.due(now):
            self.send(self.sending.mark(name))
        payload = self.caller.tick(now)
        if payload is not None:
            self.send(self.sending.media(payload))
            return
        self.send(self.sending.stop())
        self.transport.send_close(picows.WSCloseCode.OK)
        self.end("")

    def send(self, message: bytes) -> None:
        """Write one text message."""
        if self.transport is not None:
            self.transport.send(picows.WSMsgType.TEXT, message)

    def end(self, why: str) -> None:
        """The call is over; `why` is what went wrong, if anything did."""
        if not self.ended:
            self.ended = True
            if why:
                self.caller.noted.counts[why] += 1
            self.over(self)

    # ---- what picows calls -------------------------------------------------------------------------------------

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        """The server has taken the call."""
        self.transport = transport
        self.caller.now = time.monotonic()
        self.caller.noted.counts["connected"] += 1
        self.send(self.sending.connected())
        self.send(self.sending.start())

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        """The socket is closed."""
        self.transport = None
        self.end("cut_off")

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        """The server has sent something."""
        now = time.monotonic()
        if frame.msg_type == picows.WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
            return
        if frame.msg_type == picows.WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
            return
        try:
            message = parse(frame.get_payload_as_memoryview())
        except msgspec.MsgspecError:
            self.caller.noted.counts["no_message"] += 1
            return
        for name in self.caller.hear(message, now):
            self.send(self.sending.mark(name))
