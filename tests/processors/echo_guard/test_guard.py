"""The step: it hears what is sent, and is asked while that may come back."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline import audio
from pipeline.events import EchoHeard
from pipeline.frames import AudioIn, Clear, Media
from pipeline.processor import Processor
from pipeline.testing import run
from processors.echo_guard.guard import LineEchoGuard
from processors.twilio_sink import TwilioSink
from tests.kit.echo import louder, speech

VOICE = speech(6, 3)
ECHO = bytes(2 * 1600) + bytes(louder(VOICE, -12).astype("<i2"))  # after 0.2 s


def piece(sound: bytes, number: int) -> bytes:
    return sound[number * audio.FRAME_BYTES :][: audio.FRAME_BYTES].ljust(audio.FRAME_BYTES, b"\0")


class Sending(LineEchoGuard):
    """A guard before a sink that sends VOICE, 20 ms at each frame, from `since` on."""

    since, until_frame = 0, 10_000

    def judge(self, frame: AudioIn) -> None:
        number = round(frame.at / audio.FRAME_SECONDS)
        if self.since <= number < self.until_frame and self.call.played is not None:
            self.call.played(audio.encode(piece(VOICE, number - self.since)))
        super().judge(frame)

    handlers = {AudioIn: "judge", Clear: "clear"}


def voiced(guard: Processor, sound: bytes, frames: int, since: int = 0) -> int:
    """Return the number of voiced frames that stay voiced, of those from a number on."""
    inputs: list[Any] = []
    for number in range(frames):
        pcm = piece(sound, number)
        inputs += [0.02, AudioIn(pcm, number * 0.02, audio.is_voiced(pcm))]
    passed: Any = run(guard, inputs)
    return sum(it.voiced for it in passed[since:])


def test_the_agents_voice_is_no_voice(log: list[str]) -> None:
    """One line of the log has the lag and the level."""
    assert voiced(Sending(), ECHO, 300) <= 2
    assert log == ["ECHO of the agent's voice: 180 ms late, -12 dB"]


def test_while_the_agent_is_silent_nothing_is_compared() -> None:
    """Every voiced frame passes, also one like a voice of long ago."""
    guard = Sending()
    guard.until_frame = 10
    assert voiced(guard, bytes(320 * 100) + VOICE, 300) == sum(
        audio.is_voiced(piece(VOICE, number)) for number in range(200)
    )


def test_the_settings_bound_the_lag() -> None:
    """An echo that comes later than `longest` is not looked for."""
    guard = Sending(Sending.Settings(longest=0.1))
    assert voiced(guard, ECHO, 300) > 50
    assert voiced(Sending(Sending.Settings(longest=0.25)), ECHO, 300) <= 2


def test_another_step_is_told_of_the_sound_only_if_it_asks() -> None:
    """`played` of a call has each piece as it is sent; without a guard it is None."""
    sink, heard = TwilioSink(), list[bytes]()
    run(sink, [Media(b"\x10" * 160)])
    assert sink.call.played is None
    sink = TwilioSink()
    begin = sink.begin

    def asked() -> None:
        begin()
        sink.call.played = heard.append

    sink.begin = asked  # type: ignore[method-assign]
    run(sink, [Media(b"\x10" * 160), Media(b"\x20" * 160)])
    assert heard == [b"\x10" * 160, b"\x20" * 160]


def test_a_stretch_has_the_lag_and_the_level() -> None:
    """As they are known at its end."""
    told: list[EchoHeard] = []
    guard = Sending()
    begin = guard.begin

    def watched() -> None:
        begin()
        guard.call.watch(lambda _, event: told.append(event) if isinstance(event, EchoHeard) else None)

    guard.begin = watched  # type: ignore[method-assign]
    voiced(guard, ECHO, 300)
    assert (told[-1].lag, told[-1].level) == (pytest.approx(0.18), pytest.approx(-12, abs=0.5))
