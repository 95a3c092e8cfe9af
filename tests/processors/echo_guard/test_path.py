"""Where a sound is found in a longer one, and how loud an echo may be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import audio
from processors.echo_guard.path import ALIKE, WINDOW, EchoPath, Sound, alike, emphasised
from tests.kit.echo import louder, speech


def sound(seed: int, samples: int = 12000) -> Sound:
    return emphasised(speech(samples / 8000, seed) + b"\0\0")


@given(st.integers(0, 6400), st.floats(-30, 0), st.integers(0, 20))
def test_an_echo_is_found_at_any_lag_and_level(lag: int, level: float, seed: int) -> None:
    """To the sample, whether a few lags are looked at or thousands."""
    voice = sound(seed)
    end = len(voice) - lag
    line = (voice[end - WINDOW : end] * 10 ** (level / 20)).astype(np.float32)
    for extra in (6400, lag + 1):
        found, share = alike(line, voice[-WINDOW - extra :] if extra > lag else voice)
        assert found == lag and share > 0.8


@given(st.integers(0, 30), st.integers(31, 60))
def test_another_speaker_is_no_echo(one: int, other: int) -> None:
    """Whatever they say, at no lag."""
    assert alike(sound(one, WINDOW), sound(other))[1] < ALIKE


def test_silence_is_no_echo() -> None:
    """Of neither side: nothing is divided by nothing."""
    none = np.zeros(12000, np.float32)
    assert alike(none[:WINDOW], sound(1))[1] == 0
    assert alike(sound(1, WINDOW), none)[1] == 0


class Call:
    """A voice and its echo after 0.1 s; `at` is how far the call has come, in samples."""

    def __init__(self, level: float) -> None:
        self.said = bytes(40000) + speech(4, 5)
        self.echo = bytes(1600) + bytes(louder(self.said, level).astype("<i2"))
        self.at, self.gain = 8000, np.float32(1)

    def line(self, length: int) -> Sound:
        until = 40000 + 2 * self.at
        return self.gain * emphasised(self.echo[until - 2 * length - 2 : until])

    def voice(self, end: int, length: int) -> Sound:
        return emphasised(self.said[40000 + 2 * (end - length - 1) : 40000 + 2 * end])

    def taken(self, path: EchoPath) -> list[bool]:
        """Return whether each frame with voice, from 1 s on, is taken for echo."""
        found = []
        for self.at in range(8160, 32000, audio.FRAME_SAMPLES):
            taken = path.takes(self.line, self.voice, self.at)
            if np.abs(self.line(160)).mean() > 30 * self.gain:
                found.append(taken)
        return found


@pytest.mark.parametrize("level", [-25, -10])
def test_a_path_takes_its_echo_and_nothing_louder(level: float) -> None:
    """Its loudness is measured as it was made; of a sound five times as strong most is more than echo."""
    call = Call(level)
    path = EchoPath(800, call.line, call.voice, call.at)
    assert path.decibels == pytest.approx(level, abs=0.5)
    assert all(call.taken(path))
    call.at, call.gain = 8000, np.float32(5)
    judged = call.taken(path)
    assert sum(judged) < 0.4 * len(judged)


def test_a_small_drift_is_followed() -> None:
    """Two milliseconds, by the wave."""
    call = Call(-15)
    call.at = 24000
    path = EchoPath(784, call.line, call.voice, call.at)
    assert path.found(call.line, call.voice, call.at) > 0.8 and path.lag == 800
