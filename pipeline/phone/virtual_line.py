"""A telephone line in virtual time: Twilio's end of a media stream, without a socket.

It has Twilio's playback buffer, the marks that come back, `clear`, and a frame of sound every 20 ms. The caller's
voice is a function of time, and the network between is a `Network`; each can be replaced.
The order at one moment is fixed: a frame or a mark is sent by a timer, timers of the same moment ring in the order in
which they were set, and a message has entered the chain before the next timer rings.
"""

from __future__ import annotations

import math
from asyncio import AbstractEventLoop, Future
from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from pipeline import audio
from pipeline.agent import Agent, finish
from pipeline.audio import FUZZ
from pipeline.call import Call, Watcher
from pipeline.frames import WireMessage
from pipeline.twilio.messages import SentMedia
from pipeline.twilio.playback import Playback
from pipeline.vocabulary import Cause

if TYPE_CHECKING:
    from pipeline.chain import Chain
    from pipeline.records.recorder import Record

CALL_SID = "CA" + "0" * 32
STREAM_SID = "MZ" + "0" * 32

Arrive = Callable[[], None]
Sound = Callable[[float], bytes]  # seconds of the call → the caller's next 20 ms, mu-law; none: the line sends nothing


class NoWire:
    """A wire without a far end: it keeps the messages and the reason for which it was closed."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.hung_up = self.rejected = ""

    def send(self, data: bytes) -> None:
        self.sent.append(data)

    def flush(self) -> None:
        pass

    def hang_up(self, reason: str) -> None:
        self.hung_up = reason

    def reject(self, code: int, reason: str) -> None:
        self.rejected = f"{code} {reason}"


class Network:
    """The network between Twilio and the agent, here a perfect one: every message arrives once, and at once.

    A subclass delays, loses, repeats or reorders messages by calling `arrive` later, never, again or out of turn. The
    last frame of a call with a fixed length has to arrive: it ends the call.
    """

    def media(self, at: float, arrive: Arrive) -> None:
        """Carry the caller's 20 ms of sound that begin at a time, seconds of the call."""
        arrive()

    def mark(self, name: str, arrive: Arrive) -> None:
        """Carry a mark back to the agent."""
        arrive()


class LaggingNetwork(Network):
    """A network that holds sound back by `late(at)` seconds, in order, and loses the marks of these names."""

    def __init__(self, loop: AbstractEventLoop, late: Callable[[float], float], lost: Collection[str]) -> None:
        self._loop, self._late, self._lost = loop, late, lost
        self._free = -math.inf  # loop time at which all sound so far has arrived

    def media(self, at: float, arrive: Arrive) -> None:
        now = self._loop.time()
        self._free = max(self._free, now + self._late(at))
        if self._free > now:
            self._loop.call_at(self._free, arrive)  # a virtual loop keeps the order of timers of the same moment
        else:
            arrive()

    def mark(self, name: str, arrive: Arrive) -> None:
        if name not in self._lost:
            arrive()


class VirtualLine(NoWire):
    """One call's line, and the agent's `Wire`; it belongs to a virtual loop.

    `playback` is Twilio's buffer of the agent's sound, `over` is done once the call has ended. Messages are kept in
    `record`. A subclass that overrides `send`, `open` or `await_mark` calls it, too.
    """

    mark_lag = 0.0  # seconds from the end of the sound before a mark until it is sent back

    def __init__(
        self,
        loop: AbstractEventLoop,
        network: Network | None = None,
        record: Record | None = None,
        call_sid: str = CALL_SID,
        stream_sid: str = STREAM_SID,
    ) -> None:
        super().__init__()
        self.loop, self.network, self.record = loop, network or Network(), record
        self.call_sid, self.stream_sid = call_sid, stream_sid
        self.start = loop.time()
        self.playback = Playback(stream_sid)
        self.over: Future[None] = loop.create_future()
        self.chain: Chain
        self._sent_at: list[float] = []  # seconds of the call
        self._chunks = 0  # media messages sent to the agent

    @property
    def now(self) -> float:
        """Seconds of the call."""
        return self.loop.time() - self.start

    @property
    def messages(self) -> list[tuple[float, dict[str, Any]]]:
        """The agent's messages so far, decoded, each with its time in seconds of the call."""
        return list(zip(self._sent_at, map(msgspec.json.decode, self.sent), strict=True))

    # ---- from the agent --------------------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """Take one message of the agent. Raises TwilioWarning if Twilio would complain about it."""
        now = self.loop.time()
        if self.record is not None:
            self.record.message(now, "out", data)
        super().send(data)
        self._sent_at.append(now - self.start)
        if not isinstance(self.playback.feed(data, now), SentMedia):
            self.await_mark()  # after a clear, all marks are due at once

    def await_mark(self) -> None:
        """Set a timer to send the next mark back, `mark_lag` after the end of the sound before it."""
        # A mark due now is a timer, too: it must not enter the chain amid the agent's `send`.
        due = self.playback.next_due()
        if due is not None:
            self.loop.call_at(max(due + self.mark_lag, self.loop.time()), self._return_marks)

    def _return_marks(self) -> None:
        # FUZZ: rounding may have the timer ring early
        for name in self.playback.due(self.loop.time() - self.mark_lag + FUZZ):
            self.network.mark(name, partial(self.put, "mark", {"name": name}))
        self.await_mark()

    # ---- to the agent ----------------------------------------------------------------------------------------------

    async def talk(self, chain: Chain, sound: Sound, seconds: float = math.inf) -> None:
        """Begin the stream and send the caller's sound every 20 ms, until `seconds` are over or the call has ended."""
        self.open(chain)
        self._await_frame(sound, 1, seconds)
        await self.over

    def open(self, chain: Chain) -> None:
        """Begin the stream: Twilio's `start` arrives."""
        self.chain = chain
        self.put("start", {"streamSid": self.stream_sid, "callSid": self.call_sid})

    def put(self, event: str, body: dict[str, Any]) -> None:
        """Let a message of Twilio's arrive."""
        self.carry(msgspec.json.encode({"event": event, "streamSid": self.stream_sid, event: body}))

    def carry(self, data: bytes) -> None:
        """Let these bytes arrive as a message; none arrives after the end."""
        if not self.over.done():
            if self.record is not None:
                now, keypad = self.loop.time(), self.chain.call.keypad
                self.record.message(now, "in", keypad.masked(data, now) if keypad.secret else data)
            self.chain.put(WireMessage(data))

    def end(self) -> None:
        """End the stream, as if the caller hung up; safe to call again."""
        if not self.over.done():
            self.over.set_result(None)

    def _await_frame(self, sound: Sound, number: int, seconds: float) -> None:
        self.loop.call_at(self.start + number * audio.FRAME_SECONDS, self._tick, sound, number, seconds)

    def _tick(self, sound: Sound, number: int, seconds: float) -> None:
        """Give the network the 20 ms of sound that end now, and set the timer of the next."""
        if self.over.done():
            return
        at = (number - 1) * audio.FRAME_SECONDS
        is_last = (number + 0.5) * audio.FRAME_SECONDS >= seconds
        if heard := sound(at) or audio.SILENCE * is_last:
            self._chunks += 1
            body = {"chunk": str(self._chunks), "payload": heard}
            self.network.media(at, partial(self._arrived, body, is_last))
        if not is_last:
            self._await_frame(sound, number + 1, seconds)

    def _arrived(self, body: dict[str, Any], is_last: bool) -> None:
        self.put("media", body)
        if is_last or self.hung_up or self.rejected:  # the agent's hang-up takes effect with the next frame
            self.end()


async def converse(
    agent: Agent, line: VirtualLine, sound: Sound, seconds: float, watch: Watcher, caller: str = ""
) -> tuple[Call, Chain]:
    """Play one call on a line, until `seconds` are over or either side hangs up; return it and its finished chain.

    `watch` gets the call's events, before the line's record does; `caller` is the caller's number.
    """
    config, record = agent.config, line.record
    watchers = (watch,) if record is None else (watch, record.event)
    call = Call(
        line.call_sid,
        line,
        line.loop,
        line.stream_sid,
        config.language,
        caller=caller,
        config=config.name,
        log_words=config.log_words,
        redact=config.redact,
        watchers=watchers,
    )
    call.log.wait_no_more()  # log lines at once, so that their order among the events is true
    chain = agent.answer(call)
    await line.talk(chain, sound, seconds)
    await finish(chain, line.hung_up or line.rejected or Cause.STOP)
    if record is not None:
        record.close(line.loop.time(), call.cause)
    return call, chain
