"""Stretches of echo, as a guard tells them."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from pipeline.echo import EchoGuard
from pipeline.events import EchoHeard
from pipeline.frames import AudioIn
from pipeline.testing import run


class Told(EchoGuard):
    """Knows the numbers of the frames that are echo."""

    until = 10.0

    def __init__(self, frames: Container[int]) -> None:
        super().__init__()
        self.echo, self.told = frames, list[EchoHeard]()

    def begin(self) -> None:
        self.call.watch(lambda _, event: self.told.append(event) if isinstance(event, EchoHeard) else None)

    def is_echo(self, frame: AudioIn) -> bool:
        return bool(frame.voiced) and round(frame.at * 50) in self.echo


def stretches(guard: Told, voiced: Container[int], frames: int) -> tuple[list[tuple[float, float]], list[int]]:
    """Return the stretches told, and the numbers of the frames with voice that passed."""
    passed: Any = run(guard, [AudioIn(bytes(320), at / 50, at in voiced) for at in range(frames)])
    return [(round(it.since, 6), round(it.seconds, 6)) for it in guard.told], [
        round(it.at * 50) for it in passed if it.voiced
    ]


def test_a_stretch_ends_at_the_callers_voice() -> None:
    """A frame without any voice does not end it, and the call's end does."""
    told, passed = stretches(Told({10, 11, 13, 20, 21}), {10, 11, 13, 15, 20, 21}, 30)
    assert told == [(0.2, 0.08), (0.4, 0.04)] and passed == [15]


def test_a_stretch_ends_after_a_second_without_echo() -> None:
    """One of two replies does not reach to the next."""
    told, passed = stretches(Told({10, 12, 100}), {10, 12, 100}, 120)
    assert told == [(0.2, 0.06), (2.0, 0.02)] and not passed


def test_after_the_agents_voice_nothing_is_asked() -> None:
    """A frame later than `until` passes as it is."""
    guard = Told(range(1000))
    guard.until = 0.1
    assert stretches(guard, range(1000), 10)[1] == [5, 6, 7, 8, 9]
