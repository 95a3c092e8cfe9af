"""The simulated caller: performs a script in frames of 20 ms, and measures when it spoke.

Pure: it advances only in `frame(now)`, so that it works the same on a real clock and on a virtual one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from pipeline import audio
from pipeline.phone.script import (
    EVERY,
    Action,
    Dtmf,
    HangUp,
    InterruptAfter,
    Pcm,
    Script,
    Transfer,
    Wait,
    WaitAudio,
    WaitQuiet,
    WaitReply,
)
from pipeline.twilio.playback import SETTLE, Playback

BARGE_IN = 3  # voiced frames in a row upon which an agent has to stop

Tell = Callable[[float, str, dict[str, Any]], None]  # loop time in seconds, name of the event, its fields


class Spoken(msgspec.Struct):
    """An utterance of the caller, with the loop times in seconds at which its voiced frames were sent."""

    words: str
    over: bool = False  # True if the agent was audible when it began
    first: float | None = None  # the first voiced frame
    third: float | None = None  # the third voiced frame in a row
    last: float | None = None  # the last voiced frame


class Caller:
    """Performs a prepared script, and sends silence between its sounds.

    `spoken` are the utterances so far, `keys` the pressed digits, which the sender removes. `over` is True once the
    script has ended; `failed` is the reason if it could not be performed, else empty. `transfer` is the transfer that
    the agent ended the stream for, `rest` the actions after it. `tell` gets a `step` event at the start of each action.
    """

    def __init__(self, script: Script, playback: Playback, tell: Tell | None = None) -> None:
        self.script = tuple(script)
        self.playback = playback
        self.spoken: list[Spoken] = []
        self.keys: list[str] = []
        self.over = False
        self.failed = ""
        self.transfer: Transfer | None = None
        self.rest: tuple[Action, ...] = ()
        self._tell = tell
        self._now = -math.inf
        self._since = -math.inf  # loop time; a reply that begins later answers the last utterance
        self._at = 0  # the step that is being performed
        self._frames = self._performed()

    def frame(self, now: float) -> bytes:
        """Advance the script, and return the next 20 ms to send: 160 bytes of mu-law.

        Raises TypeError for an action that `script.prepare` has not made ready.
        """
        self._now = now
        return next(self._frames, audio.SILENCE)

    def hung_up(self, now: float) -> None:
        """End the script because the agent hung up, which is a failure if more than a wait or a hang-up was left."""
        left = self.script[self._at :] if not self.over else ()
        if left and isinstance(left[0], WaitReply) and len(left) > 1 and isinstance(left[1], Transfer):
            left = left[1:]  # the agent announced the transfer
        if left and isinstance(left[0], Transfer):
            self.transfer, self.rest, left = left[0], left[1:], ()
        if left and isinstance(left[0], WaitReply) and self._answered() and self.playback.end <= now:
            left = left[1:]  # the agent said goodbye, and it was heard to the end
        if any(not isinstance(action, Wait | WaitQuiet | HangUp) for action in left):
            self._fail(left[0], "the agent hung up")
        self.over = True

    def _performed(self) -> Iterator[bytes]:
        for step, action in enumerate(self.script):
            self._at = step
            if self._tell is not None:
                self._tell(self._now, "step", {"action": action})
            yield from self._perform(action)
            if self.over:
                return
        self.over = True

    def _perform(self, action: Action) -> Iterator[bytes]:
        match action:
            case Wait(seconds=length):
                yield from [audio.SILENCE] * round(length / audio.FRAME_SECONDS)
            case Pcm():
                yield from self._speak(action)
            case WaitReply():
                yield from self._listen(action, self._now + action.timeout)
            case WaitQuiet(seconds=length):
                yield from self._until_quiet(length)
            case WaitAudio():
                yield from self._await_answer(action, self._now + action.timeout)
            case InterruptAfter():
                yield from self._interrupt(action)
            case Dtmf(digits=digits):
                yield from self._press(digits)
            case Transfer(timeout=timeout):
                yield from [audio.SILENCE] * round(timeout / audio.FRAME_SECONDS)
                self._fail(action, f"the agent did not transfer the call within {timeout:g} s")
            case HangUp():
                self.over = True
            case _:
                raise TypeError(f"{type(action).__name__} at {action.at}: the script is not prepared")

    def _speak(self, speech: Pcm) -> Iterator[bytes]:
        spoken, row = Spoken(speech.words), 0
        self.spoken.append(spoken)
        ulaw = audio.encode(speech.pcm)
        for begin in range(0, len(ulaw), audio.FRAME_SAMPLES):
            piece = ulaw[begin : begin + audio.FRAME_SAMPLES].ljust(audio.FRAME_SAMPLES, b"\xff")
            row = row + 1 if audio.is_voiced(audio.decode(piece)) else 0
            if row:
                self._voice(spoken, row)
            yield piece
        self._since = self._now if spoken.last is None else spoken.last

    def _press(self, digits: str) -> Iterator[bytes]:
        for number, digit in enumerate(digits):
            if number:
                yield from [audio.SILENCE] * math.ceil(EVERY / audio.FRAME_SECONDS)
            self.keys.append(digit)

    def _voice(self, spoken: Spoken, row: int) -> None:
        self.playback.caller_spoke()
        if spoken.first is None:
            spoken.first = self._now
            spoken.over = self.playback.end > self._now
        if row == BARGE_IN and spoken.third is None:
            spoken.third = self._now
        spoken.last = self._now

    def _answered(self) -> bool:
        return bool(self.playback.replies) and self.playback.replies[-1] > self._since

    def _await_answer(self, action: WaitReply | WaitAudio | InterruptAfter, deadline: float) -> Iterator[bytes]:
        while not self._answered():
            if self._now >= deadline:
                return self._fail(action, f"the agent did not answer within {action.timeout:g} s")
            yield audio.SILENCE

    def _listen(self, action: WaitReply, deadline: float) -> Iterator[bytes]:
        yield from self._await_answer(action, deadline)
        while not self.over and self._now < self.playback.end + SETTLE:
            if self._now >= deadline:
                return self._fail(action, f"the agent did not finish speaking within {action.timeout:g} s")
            yield audio.SILENCE
        self._since = self._now

    def _until_quiet(self, length: float) -> Iterator[bytes]:
        begun = self._now
        while not self.over and self._now < max(begun, self.playback.end) + length:
            yield audio.SILENCE
        self._since = self._now

    def _interrupt(self, action: InterruptAfter) -> Iterator[bytes]:
        assert isinstance(action.speech, Pcm), "the script is not prepared"
        yield from self._await_answer(action, self._now + action.timeout)
        while not self.over and self._now < self.playback.replies[-1] + action.seconds:
            yield audio.SILENCE
        if not self.over:
            yield from self._speak(action.speech)

    def _fail(self, action: Action, why: str) -> None:
        self.failed = f"{why} (step {self._at + 1}, {type(action).__name__}, {action.at})"
        self.over = True
