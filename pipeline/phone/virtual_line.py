"""A telephone line in virtual time: Twilio's end of a media stream, without a socket."""

from __future__ import annotations

from asyncio import AbstractEventLoop, Future
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

import msgspec

from pipeline import audio
from pipeline.agent import Agent, finish
from pipeline.audio import FUZZ
from pipeline.call import Call, Watcher
from pipeline.frames import WireMessage
from pipeline.twilio.playback import Playback
from pipeline.vocabulary import Cause

if TYPE_CHECKING:
    from pipeline.chain import Chain
    from pipeline.records.recorder import Record

CALL_SID = "CA" + "0" * 32
STREAM_SID = "MZ" + "0" * 32


class NoWire:
    """A wire that leads nowhere: it remembers what it was told."""

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


class Line(NoWire):
    """A telephone line in virtual time: Twilio's end of the stream, without a socket.

    `late` says how many seconds the network holds back the frame that was spoken at a time from the start; none
    overtakes another. `lost` names marks that never come back, `echo_marks=False` loses all. What passes is kept in
    `record`.
    """

    def __init__(
        self,
        loop: AbstractEventLoop,
        echo_marks: bool = True,
        late: Callable[[float], float] = lambda _: 0.0,
        lost: Collection[str] = (),
        record: Record | None = None,
    ) -> None:
        super().__init__()
        self.loop = loop
        self.start = loop.time()
        self.playback = Playback(STREAM_SID)
        self.messages: list[tuple[float, dict[str, Any]]] = []
        self.echo_marks = echo_marks
        self.late, self.lost, self.record = late, lost, record
        self.chain: Chain
        self.over: Future[None]

    def send(self, data: bytes) -> None:
        if self.record is not None:
            self.record.message(self.loop.time(), "out", data)
        message = msgspec.json.decode(data)
        self.messages.append((self.loop.time() - self.start, message))
        self.playback.feed(data, self.loop.time())
        if self.echo_marks and message["event"] != "media":
            self.await_mark()

    def await_mark(self) -> None:
        """Send the next mark back once it has been played."""
        due = self.playback.next_due()
        if due is not None:
            self.loop.call_at(max(due, self.loop.time()), self.echo)

    def put(self, event: str, **body: Any) -> None:
        """Send a message as Twilio would."""
        data = msgspec.json.encode({"event": event, "streamSid": STREAM_SID, **body})
        if self.record is not None:
            self.record.message(self.loop.time(), "in", data)
        self.chain.put(WireMessage(data))

    def echo(self) -> None:
        """Send back the marks that have been played."""
        for name in self.playback.due(self.loop.time() + FUZZ):  # a timer may ring a rounding error early
            if name not in self.lost:
                self.put("mark", mark={"name": name})
        self.await_mark()

    async def talk(self, chain: Chain, sound: Callable[[float], bytes], seconds: float) -> None:
        """Send the caller's sound, every 20 ms, until the time is over or the agent hangs up."""
        self.chain, self.over = chain, self.loop.create_future()
        self.put("start", start={"streamSid": STREAM_SID, "callSid": CALL_SID})
        self.await_frame(sound, 1, round(seconds / audio.FRAME_SECONDS))
        await self.over

    def tick(self, sound: Callable[[float], bytes], number: int, last: int) -> None:
        """The caller's next 20 ms have been spoken."""
        if self.over.done():
            return
        payload = sound((number - 1) * audio.FRAME_SECONDS)
        self.put("media", media={"chunk": str(number), "payload": payload})
        if number >= last or self.hung_up or self.rejected:
            self.over.set_result(None)
        else:
            self.await_frame(sound, number + 1, last)

    def end(self) -> None:
        """The caller hangs up."""
        if not self.over.done():
            self.over.set_result(None)

    def await_frame(self, sound: Callable[[float], bytes], number: int, last: int) -> None:
        """Bring the caller's next 20 ms once they have been spoken, and the network lets them through."""
        at = (number - 1) * audio.FRAME_SECONDS
        due = self.start + at + audio.FRAME_SECONDS + self.late(at)
        self.loop.call_at(max(due, self.loop.time()), self.tick, sound, number, last)


async def converse(
    agent: Agent, line: Line, sound: Callable[[float], bytes], seconds: float, watch: Watcher
) -> tuple[Call, Chain]:
    """One call on a line, from its start until its time is over or one of the two has hung up."""
    config, record = agent.config, line.record
    watchers = (watch,) if record is None else (watch, record.event)
    call = Call(CALL_SID, line, line.loop, language=config.language, log_words=config.log_words, watchers=watchers)
    call.log.wait_no_more()  # who plays a call looks at the order in which everything happened
    chain = agent.answer(call)
    await line.talk(chain, sound, seconds)
    await finish(chain, line.hung_up or line.rejected or Cause.STOP)
    if record is not None:
        record.close(line.loop.time(), call.cause)
    return call, chain
