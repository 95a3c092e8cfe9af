"""A random caller's end of a call: what their microphone hears, and what the network makes of it."""

from __future__ import annotations

from asyncio import AbstractEventLoop, Future
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec

from pipeline import audio
from pipeline.audio import FUZZ
from pipeline.events import Event, Passed
from pipeline.frames import AgentSpeaking, WireMessage
from pipeline.phone.virtual_line import NoWire
from pipeline.tools.storm.plan import Plan
from pipeline.tools.storm.sounds import QUIET, Samples, lay, sound, track, ulaw
from pipeline.twilio.playback import Playback
from pipeline.vocabulary import State

if TYPE_CHECKING:
    from pipeline.chain import Chain

ENOUGH = 120.0  # seconds that the most patient caller waits
LATE = (1, 2, 3, 5)  # frames by which a message is late that others overtake
SPOKEN_OVER = (0.2, 0.6, 1.2)  # seconds of speech


class Phone(NoWire):
    """One call's line: `messages` are the agent's, with their times in seconds of the call.

    `wrong` counts what came to the agent other than it should: bad, key, lost, twice, shuffled, mark.
    """

    def __init__(self, loop: AbstractEventLoop, plan: Plan) -> None:
        super().__init__()
        self.loop, self.plan = loop, plan
        self.random = Random(f"{plan.name} line")
        self.start = loop.time()
        self.stream_sid = "MZ" + plan.sid[2:]
        self.playback = Playback(self.stream_sid)
        self.messages: list[tuple[float, dict[str, Any]]] = []
        self.wrong = dict.fromkeys(("bad", "key", "lost", "twice", "shuffled", "mark"), 0)
        self.over: Future[None] = loop.create_future()
        self.chain: Chain
        self.track: Samples = track(plan)
        self.agent: dict[int, bytes] = {}  # what the caller's loudspeaker plays, by 20 ms
        self.free = 0.0  # when the network lets the next message through, of those that keep their order

    @property
    def now(self) -> float:
        """Seconds of the call."""
        return self.loop.time() - self.start

    # ---- from the agent --------------------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        message = msgspec.json.decode(data)
        self.playback.feed(data, self.loop.time())
        kept = {"event": message["event"], **message.get("mark", {})}
        self.messages.append((self.now, kept))
        if message["event"] == "media":
            if self.plan.echo:
                plays = self.playback.end - audio.FRAME_SECONDS - self.start + self.plan.echo_after
                self.agent[round(plays / audio.FRAME_SECONDS)] = data
            return
        if message["event"] == "clear":
            begun = (self.now + self.plan.echo_after) / audio.FRAME_SECONDS
            self.agent = {at: it for at, it in self.agent.items() if at <= begun}
        self.await_mark()

    def await_mark(self) -> None:
        due = self.playback.next_due()
        if due is not None:
            self.loop.call_at(max(due, self.loop.time()), self.return_marks)

    def return_marks(self) -> None:
        network = self.plan.network
        for name in self.playback.due(self.loop.time() + FUZZ):
            if self.random.random() < network.marks_lost:
                self.wrong["mark"] += 1
                continue
            late = self.random.uniform(0, network.mark_late)
            self.wrong["mark"] += late > 0
            for _ in range(1 + (self.random.random() < network.marks_twice)):
                self.loop.call_later(late, self.put, "mark", {"name": name})
        self.await_mark()

    def hang_up(self, reason: str) -> None:
        super().hang_up(reason)
        self.end()

    def reject(self, code: int, reason: str) -> None:
        super().reject(code, reason)
        self.end()

    # ---- to the agent ----------------------------------------------------------------------------------------------

    async def talk(self, chain: Chain) -> None:
        """Be on the phone until the caller or the agent has had enough."""
        self.chain = chain
        self.put("start", {"streamSid": self.stream_sid, "callSid": self.plan.sid})
        for at, digit in self.plan.keys:
            self.loop.call_at(self.start + at, self.press, digit)
        for at, data in self.plan.bad:
            self.loop.call_at(self.start + at, self.put_bad, data)
        self.loop.call_at(self.start + self.plan.length, self.leave)
        self.loop.call_at(self.start + audio.FRAME_SECONDS, self.tick, 1)
        await self.over

    def leave(self) -> None:
        """Hang up, unless they wait for the agent to have had its turn."""
        waits = not self.plan.hangs_up and self.now < self.plan.length + ENOUGH
        if waits and not self.over.done() and self.chain.call.state in (State.THINKING, State.SPEAKING):
            self.loop.call_later(1.0, self.leave)
        else:
            self.end()

    def end(self) -> None:
        """The stream is over."""
        if not self.over.done():
            self.over.set_result(None)

    def put(self, event: str, body: dict[str, Any]) -> None:
        """Let a message arrive."""
        if not self.over.done():
            message = {"event": event, "streamSid": self.stream_sid, event: body}
            self.chain.put(WireMessage(msgspec.json.encode(message)))

    def put_bad(self, data: bytes) -> None:
        if not self.over.done():
            self.wrong["bad"] += 1
            self.chain.put(WireMessage(data))

    def press(self, digit: str) -> None:
        self.wrong["key"] += 1
        self.put("dtmf", {"track": "inbound_track", "digit": digit})

    def tick(self, number: int) -> None:
        """Another 20 ms have been spoken."""
        if self.over.done():
            return
        body = {"chunk": str(number), "payload": self.heard(number - 1)}
        network = self.plan.network
        if self.random.random() < network.lost:
            self.wrong["lost"] += 1
        elif self.random.random() < network.shuffled:
            self.wrong["shuffled"] += 1
            late = self.random.choice(LATE) * audio.FRAME_SECONDS + 0.001
            self.loop.call_later(late, self.deliver, body)
        else:
            self.deliver(body)
            if self.random.random() < network.twice:
                self.wrong["twice"] += 1
                self.loop.call_later(self.random.uniform(0, 0.1), self.deliver, body)
        self.loop.call_at(self.start + (number + 1) * audio.FRAME_SECONDS, self.tick, number + 1)

    def deliver(self, body: dict[str, Any]) -> None:
        """Let a message arrive once the network lets it through, after those before it."""
        now = self.now
        held = [at + length for at, length in self.plan.network.stalls if at <= now < at + length]
        self.free = max([self.free, *held])
        if self.free <= now:
            self.put("media", body)
        else:
            self.loop.call_at(self.start + self.free, self.put, "media", body)

    def heard(self, number: int) -> bytes:
        """What the microphone hears in these 20 ms, as mu-law."""
        begin = number * audio.FRAME_SAMPLES
        made = self.track[begin : begin + audio.FRAME_SAMPLES] if begin < len(self.track) else QUIET
        back = self.agent.pop(number, b"")
        if back:
            payload = msgspec.json.decode(back)["media"]["payload"]
            made = made + self.plan.echo * _samples(payload)
        return ulaw(made)

    def watch(self, _: float, event: Event) -> None:
        """The call's watcher: some callers cannot let the agent finish."""
        if isinstance(event, Passed) and event.frame == AgentSpeaking(True) and self.random.random() < self.plan.over:
            length, number = self.random.choice(SPOKEN_OVER), self.random.randrange(1000, 2000)
            lay(self.track, self.now + self.random.uniform(0, 2.5), sound("speech", length, number))


def _samples(payload: str) -> Samples:
    import binascii

    import numpy as np

    return np.frombuffer(audio.decode(binascii.a2b_base64(payload)), "<i2").astype(np.float32)
