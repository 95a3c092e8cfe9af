"""The relay of a media stream's messages from its socket into its call's chain."""

from __future__ import annotations

from aiohttp import WebSocketError, WSMsgType

from pipeline.chain import Chain
from pipeline.frames import WireMessage
from pipeline.server.entry import Entry
from pipeline.server.stream.flow import Flow
from pipeline.server.stream.reading import Reading
from pipeline.server.stream.socket import MediaSocket
from pipeline.twilio import messages
from pipeline.vocabulary import Cause, Refusal

BINARY = 20  # binary frames that close the stream
RATE, BURST = 75, 1000  # messages a second, and a burst, that are allowed; Twilio sends 50 a second
MEDIA = b'{"event":"media"'  # the beginning of nearly all of Twilio's messages
ENDINGS = (1000, 1001, 1005)  # close codes of a peer that closed on purpose


async def relay(line: MediaSocket, chain: Chain, entry: Entry, opening: bytes) -> Cause:
    """Pass Twilio's messages to the chain until the stream ends, and return the reason for its end.

    `opening` is the `start` message, which is passed first.
    """
    way = Relay(line, chain, entry)
    way.put(opening)
    line.ws.inbox.take, line.ws.inbox.pong = way.take, way.pong
    try:
        async for message in line.ws:  # those that `take` returned False for
            if message.type is WSMsgType.ERROR:
                return Cause.REFUSED if isinstance(message.data, WebSocketError) else Cause.LOST
            if message.type is not WSMsgType.TEXT:
                way.odd()
            else:
                way.put(message.data)
                if _is_stop(message.data):
                    return Cause.STOP
            if line.closing:
                break
    finally:
        line.ws.inbox.take = line.ws.inbox.pong = None
        way.reading.close()
    return Cause.CLOSED if line.ws.close_code in ENDINGS else Cause.LOST


class Relay:
    """Passes one stream's messages to its chain and its listeners, and closes a stream that sends too much."""

    def __init__(self, line: MediaSocket, chain: Chain, entry: Entry) -> None:
        self.line, self.chain, self.entry = line, chain, entry
        self.call, self.now = chain.call, chain.loop.time
        self.flow = Flow(self.now(), RATE, BURST)
        self.reading = Reading(line, self.call, line.limits.silent_reader)
        self.rx = 0

    def take(self, data: bytes) -> bool:
        """Pass a message on and return True; False if it may be `stop`, or if this end is closing.

        Called by the socket's parser for each message. The test for `stop` is a cheap guess: a message that only looks
        like it goes through the queue, and is passed on by `relay`.
        """
        if self.line.closing:
            return False
        if not data.startswith(MEDIA):
            if b'"stop"' in data:
                return False
            if b'"mark"' in data:
                self.reading.mark()
        self.put(data)
        return True

    def put(self, data: bytes) -> None:
        """Pass a message on; if the chain has counted media in it, the call's `media_at` is renewed."""
        now, call = self.now(), self.call
        if (listen := self.line.listen) is not None:
            listen(now, "in", call.keypad.masked(data, now) if call.keypad.secret else data)
        self.chain.put(WireMessage(data))
        if call.rx != self.rx:
            self.rx, self.entry.media_at = call.rx, now
        if self.flow.floods(now):
            self.flood()

    def pong(self, data: bytes) -> None:
        """Note an answer to a ping: a peer that has brought sound, and sends none now, is there."""
        self.reading.pong(data)
        if self.rx:
            self.entry.alive_at = self.now()

    def odd(self) -> None:
        """Refuse a binary frame; the 20th closes the stream."""
        if self.call.refuse(Refusal.BINARY) == BINARY:
            self.line.reject(1003, "binary frames")
        if self.flow.floods(self.now()):
            self.flood()

    def flood(self) -> None:
        """Close the stream of a peer that sends too many messages."""
        self.line.reject(1008, "too many messages")


def _is_stop(data: bytes) -> bool:
    try:
        return messages.parse(data).event == "stop"
    except messages.Refused:
        return False
