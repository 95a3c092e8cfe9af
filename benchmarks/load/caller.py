"""One caller: what they say in each 20 ms, and what they notice of the agent. Without a socket, and without a clock."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import msgspec

from benchmarks.load.buffer import Buffer
from benchmarks.load.messages import FRAME_SECONDS, SILENCE, Heard, is_silence, seconds, speech

INTERRUPTS_AFTER = 0.3  # seconds of a reply
PACED_AFTER = 0.25  # seconds of a reply's sound in which a server may run ahead of the line: no lateness is taken there


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """What every caller does; times in seconds."""

    turns: int = 5
    barge_every: int = 2  # every second turn interrupts its reply, and then waits for another one
    speech: float = 1.5
    recording: str = ""  # a WAV file of what they say; blank: a buzz, which is voice to whoever measures loudness
    grid: int = 1  # frames: they begin to speak at a multiple of these from the call's first
    reply: float = 3.9  # sound in a whole reply
    start: float = 0.06  # voice by which the server knows that somebody speaks
    stop: float = 0.2  # silence by which it knows that they have ended
    lead: float = 1.0
    pause: float = 1.0  # between the end of a reply and the next turn
    patience: float = 10.0  # for a reply
    gap: float = 1.5  # without sound, in the middle of a reply, after which no more is waited for


class Noted(msgspec.Struct):
    """What all callers noticed together; durations in seconds."""

    response: list[float] = []
    barge_in: list[float] = []
    lateness: list[float] = []
    counts: Counter[str] = msgspec.field(default_factory=Counter)


class Reply(msgspec.Struct, gc=False):
    """A reply of the agent's as it arrives: when its first and last messages came, and seconds of sound."""

    first: float
    last: float
    sound: float = 0.0
    piece: float = 0.0  # of the last message


class Caller:
    """Speaks by a script. `tick` gives the payload of each 20 ms, `hear` takes the server's messages.

    Every time is in seconds on one clock, given from outside.
    """

    def __init__(self, script: Script, noted: Noted, seed: int = 0) -> None:
        self.script, self.noted = script, noted
        self.buffer = Buffer()
        self.reply: Reply | None = None
        self.now = 0.0
        self._random = random.Random(seed)  # so that calls do not speak in step
        self._sent = 0  # frames
        self._speech = speech(script.speech, script.recording)
        self._waiting = False  # for a reply
        self._decided: float | None = None  # when the frame was sent that ends the turn
        self._begun: float | None = None  # when the frame was sent that makes the interruption one
        self._interrupting = False
        self._frames = self._talk()

    def tick(self, now: float) -> bytes | None:
        """What is said now, in base64; None once the caller hangs up."""
        self.now = now
        payload = next(self._frames, None)
        self._sent += 1
        return payload

    # ---- what they say -----------------------------------------------------------------------------------------

    def _talk(self) -> Iterator[bytes]:
        script = self.script
        yield from self._quiet(script.lead + self._random.random() * 0.25)
        for turn in range(script.turns):
            yield from self._aligned()
            yield from self._speech
            yield from self._wait()
            if self.reply and script.barge_every and turn % script.barge_every == script.barge_every - 1:
                yield from self._quiet(self.reply.first + INTERRUPTS_AFTER - self.now)
                yield from self._interrupt()
                yield from self._wait()
            yield from self._listen()
            yield from self._quiet(script.pause + self._random.random() * 0.25)

    def _quiet(self, length: float) -> Iterator[bytes]:
        until = self.now + length
        while self.now < until:
            yield SILENCE

    def _aligned(self) -> Iterator[bytes]:
        """Be silent until the grid's next frame: who judges by longer windows then judges each turn alike."""
        while self._sent % self.script.grid:
            yield SILENCE

    def _wait(self) -> Iterator[bytes]:
        """Be silent until a reply begins."""
        self.reply, self._decided, self._waiting = None, None, True
        until = self.now + self.script.patience
        frames = 0
        while self._waiting and self.now < until:
            frames += 1
            if frames == round(self.script.stop / FRAME_SECONDS):
                self._decided = self.now
            yield SILENCE
        if self._waiting:
            self._waiting = False
            self.noted.counts["no_response"] += 1

    def _interrupt(self) -> Iterator[bytes]:
        yield from self._aligned()
        self._begun, self._interrupting = None, True
        self.noted.counts["barge_ins"] += 1
        for number, payload in enumerate(self._speech, 1):
            if number == round(self.script.start / FRAME_SECONDS):
                self._begun = self.now
            yield payload
        if self._interrupting:
            self._interrupting = False
            self.noted.counts["no_clear"] += 1

    def _listen(self) -> Iterator[bytes]:
        """Be silent until the reply has been heard to its end."""
        reply = self.reply
        while reply and (self.now < self.buffer.end or not self._whole(reply)):
            if self.now - reply.last > self.script.gap and self.now >= self.buffer.end:
                self.noted.counts["short_replies"] += 1
                break
            yield SILENCE
        if reply and self._whole(reply):
            self.noted.counts["replies"] += 1
        self.reply = None

    def _whole(self, reply: Reply) -> bool:
        return reply.sound >= self.script.reply - FRAME_SECONDS / 2

    # ---- what they notice --------------------------------------------------------------------------------------

    def hear(self, message: Heard, now: float) -> list[str]:
        """Take one message; gives back the marks that are to be answered at once."""
        if message.media is not None:
            self._sound(message.media.payload, now)
        elif message.mark is not None:
            self.buffer.mark(message.mark.name, now)
        elif message.event == "clear":
            return self._clear(now)
        else:
            self.noted.counts["unknown"] += 1
        return []

    def _sound(self, payload: str, now: float) -> None:
        if self.reply is None and not self._begin(payload, now):
            return
        reply, length = self.reply, seconds(payload)
        assert reply is not None
        if reply.sound >= PACED_AFTER:
            self.noted.lateness.append(max(0.0, now - reply.last - reply.piece))
        self.buffer.take(length, now)
        reply.last, reply.piece = now, length
        reply.sound += length

    def _begin(self, payload: str, now: float) -> bool:
        """Whether this is the first sound of a reply."""
        if not self._waiting or is_silence(payload):
            self.noted.counts["outside"] += not is_silence(payload)
            return False
        self._waiting = False
        self.reply = Reply(now, now)
        self.buffer.begin(now)
        if self._decided is None:
            self.noted.counts["early_responses"] += 1  # before the silence that was told to the generator
        else:
            self.noted.response.append(now - self._decided)
        return True

    def _clear(self, now: float) -> list[str]:
        if self._interrupting:
            self._interrupting, self.reply = False, None
            if self._begun is None:
                self.noted.counts["early_clears"] += 1
            else:
                self.noted.barge_in.append(now - self._begun)
        elif self.reply is not None:
            self.noted.counts["clears_in_reply"] += 1
        return self.buffer.clear(now)
