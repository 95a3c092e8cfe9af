"""The rules of WebSocket frames that aiohttp's parser does not hold, and a bound on frames that carry no message.

Source: RFC 6455, section 5.1: a client masks each frame.
"""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import WebSocketError, WSCloseCode
from aiohttp._websocket.reader import WebSocketDataQueue, WebSocketReader

from pipeline.server.stream.flow import Flow

WHOLE_TEXT = 0x81  # the first byte of a whole text message, as nearly all frames of Twilio are
USUAL = bytes((WHOLE_TEXT, 0x80 | 126))  # the first two of a masked one of 126 bytes to 64 kB
MASKED = 0x80  # the bit of the second byte
SHORT, LONG = 126, 127  # lengths that stand for one of 2, or of 8 bytes
HEADER = 6  # bytes of the shortest header: two, and the mask
RATE, BURST = 100, 500  # frames a second, and a burst, of pings, pongs, pieces of messages and binary data


class StrictReader(WebSocketReader):
    """aiohttp's parser, which also closes the stream of a peer that does not mask, or sends a flood of odd frames.

    It walks over the headers and passes all bytes on. Of a packet that is one message of Twilio's, as nearly all are,
    it looks at the first four bytes only.
    """

    def __init__(self, queue: WebSocketDataQueue, most: int, now: Callable[[], float]) -> None:
        super().__init__(queue, most, compress=False, decode_text=False)
        self._fail, self._now = queue.set_exception, now
        self._odd = Flow(now(), RATE, BURST)
        self._begun = b""  # of a header that is not whole
        self._left = 0  # bytes of the current frame that are still to come

    def feed_data(self, data: bytes | bytearray | memoryview) -> tuple[bool, bytes]:
        """Parse received bytes; the first of the result is True if no more are to be read, as it is for aiohttp's."""
        usual = data[:2] == USUAL and len(data) > HEADER and not self._left and not self._begun
        if usual and data[2] << 8 | data[3] == len(data) - HEADER - 2:
            return super().feed_data(data)
        data, before = bytes(data), len(self._begun)
        try:
            self._walk(self._begun + data)
        except _Broken as broken:
            super().feed_data(data[: max(broken.at - before, 0)])  # the frames before the wrong one are good
            self._fail(WebSocketError(broken.code, str(broken)))
            return True, b""
        return super().feed_data(data)

    def _walk(self, data: bytes) -> None:
        """Check the headers of the frames that begin in these bytes; raises _Broken at the first wrong one."""
        at, size = self._left, len(data)
        while at + 2 <= size:
            length = data[at + 1] & 0x7F
            if not data[at + 1] & MASKED:
                raise _Broken(WSCloseCode.PROTOCOL_ERROR, "a frame is not masked", at)
            if data[at] != WHOLE_TEXT and self._odd.floods(self._now()):
                raise _Broken(WSCloseCode.POLICY_VIOLATION, "too many pings or pieces of messages", at)
            more = 2 if length == SHORT else 8 if length == LONG else 0
            if at + 2 + more > size:
                break
            if more:
                length = int.from_bytes(data[at + 2 : at + 2 + more], "big")
            at += HEADER + more + length
        self._begun, self._left = data[at:], max(at - size, 0)


class _Broken(Exception):
    """A frame breaks the rules; `at` is the place of its header."""

    def __init__(self, code: int, text: str, at: int) -> None:
        super().__init__(text)
        self.code, self.at = code, at
