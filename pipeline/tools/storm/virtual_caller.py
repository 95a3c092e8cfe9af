"""A random caller on a virtual line: the sound of the microphone, the keys, broken messages, and the hang-up."""

from __future__ import annotations

import binascii
from asyncio import AbstractEventLoop
from random import Random
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from pipeline import audio
from pipeline.events import Event, Passed
from pipeline.frames import AgentSpeaking
from pipeline.phone.virtual_line import VirtualLine
from pipeline.tools.storm.network import StormNetwork
from pipeline.tools.storm.plan import Plan
from pipeline.tools.storm.sounds import QUIET, Samples, lay, sound, track, ulaw
from pipeline.vocabulary import State

if TYPE_CHECKING:
    from pipeline.chain import Chain

ENOUGH = 120.0  # seconds that the most patient caller waits
SPOKEN_OVER = (0.2, 0.6, 1.2)  # seconds of speech


class VirtualCaller(VirtualLine):
    """One call's line, on a random network.

    `wrong` counts, by kind, the input that the agent may refuse: bad, key, lost, twice, shuffled, mark.
    """

    def __init__(self, loop: AbstractEventLoop, plan: Plan) -> None:
        self.plan, self.random = plan, Random(f"{plan.name} line")
        self.wrong = dict.fromkeys(("bad", "key", "lost", "twice", "shuffled", "mark"), 0)
        network = StormNetwork(loop, plan.network, self.random, self.wrong)
        super().__init__(loop, network, call_sid=plan.sid, stream_sid="MZ" + plan.sid[2:])
        self.track: Samples = track(plan)
        self.agent: dict[int, bytes] = {}  # the agent's mu-law in the echo, by number of the 20 ms of the call

    def send(self, data: bytes) -> None:
        super().send(data)
        if self.plan.echo:
            self._echo(data)

    def _echo(self, data: bytes) -> None:
        """Keep the agent's sound for the echo; a `clear` removes the sound not played yet."""
        message = msgspec.json.decode(data)
        if message["event"] == "media":
            plays = self.playback.end - audio.FRAME_SECONDS - self.start + self.plan.echo_after
            self.agent[round(plays / audio.FRAME_SECONDS)] = binascii.a2b_base64(message["media"]["payload"])
        elif message["event"] == "clear":
            begun = (self.now + self.plan.echo_after) / audio.FRAME_SECONDS
            self.agent = {at: it for at, it in self.agent.items() if at <= begun}

    def hang_up(self, reason: str) -> None:
        super().hang_up(reason)
        self.end()

    def reject(self, code: int, reason: str) -> None:
        super().reject(code, reason)
        self.end()

    def open(self, chain: Chain) -> None:
        super().open(chain)
        for at, digit in self.plan.keys:
            self.loop.call_at(self.start + at, self.press, digit)
        for at, data in self.plan.bad:
            self.loop.call_at(self.start + at, self.put_bad, data)
        self.loop.call_at(self.start + self.plan.length, self.leave)

    def leave(self) -> None:
        """Hang up; a patient caller first lets the agent finish its turn, `ENOUGH` seconds at most."""
        waits = not self.plan.hangs_up and self.now < self.plan.length + ENOUGH
        if waits and not self.over.done() and self.chain.call.state in (State.THINKING, State.SPEAKING):
            self.loop.call_later(1.0, self.leave)
        else:
            self.end()

    def put_bad(self, data: bytes) -> None:
        """Let a message arrive that Twilio would not send."""
        self.wrong["bad"] += not self.over.done()
        self.carry(data)

    def press(self, digit: str) -> None:
        """Press a key."""
        self.wrong["key"] += 1
        self.put("dtmf", {"track": "inbound_track", "digit": digit})

    def microphone(self, at: float) -> bytes:
        """Return the 20 ms of sound from a time on, in seconds, as mu-law: the caller's track and the agent's echo."""
        number = round(at / audio.FRAME_SECONDS)
        begin = number * audio.FRAME_SAMPLES
        made = self.track[begin : begin + audio.FRAME_SAMPLES] if begin < len(self.track) else QUIET
        if back := self.agent.pop(number, b""):
            made = made + self.plan.echo * np.frombuffer(audio.decode(back), "<i2").astype(np.float32)
        return ulaw(made)

    def watch(self, _: float, event: Event) -> None:
        """Speak over a share of the agent's replies; a watcher of the call."""
        if isinstance(event, Passed) and event.frame == AgentSpeaking(True) and self.random.random() < self.plan.over:
            length, number = self.random.choice(SPOKEN_OVER), self.random.randrange(1000, 2000)
            lay(self.track, self.now + self.random.uniform(0, 2.5), sound("speech", length, number))
