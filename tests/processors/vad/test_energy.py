from __future__ import annotations

import random
import struct

import pytest

from pipeline.frames import AudioIn
from pipeline.testing import run
from processors.vad.energy import EnergyVad
from tests.kit.energy import judged


def square(level: int) -> bytes:
    """20 ms whose RMS is `level`."""
    return struct.pack("<160h", *[level, -level] * 80)


def white(level: float, chance: random.Random) -> bytes:
    """20 ms of white noise, about as loud."""
    return struct.pack("<160h", *(int(chance.gauss(0, level)) for _ in range(160)))


def heard(frames: list[bytes], **changed: int) -> list[bool]:
    """Each of these frames: voiced or not."""
    out = run(EnergyVad(EnergyVad.Settings(**changed)), [AudioIn(pcm, 0.02 * at) for at, pcm in enumerate(frames)])
    return [bool(it.voiced) for it in out if isinstance(it, AudioIn)]


@pytest.mark.parametrize(("level", "voiced"), [(0, False), (209, False), (210, False), (211, True), (8000, True)])
@pytest.mark.parametrize("changed", [{}, {"rms": 210}])
def test_voice_is_louder_than_the_threshold(level: int, voiced: bool, changed: dict[str, int]) -> None:
    """An RMS of 210 is not over 210; 211 is. So it is at first, also where the threshold follows the noise."""
    assert judged(square(level), **changed) is voiced


def test_the_threshold_can_be_set() -> None:
    """`rms` is the loudness that voice has to exceed, whatever the line's noise."""
    assert judged(square(300), rms=299) and not judged(square(300), rms=300)
    assert all(heard([square(300)] * 500, rms=299))


@pytest.mark.parametrize("level", [30, 164, 519, 2000])
def test_a_steady_noise_is_no_voice(level: int) -> None:
    """However loud, once a pause in speech would have come; a voice 10 dB above it still is."""
    chance = random.Random(1)
    voiced = heard([white(level, chance) for _ in range(200)] + [white(3.2 * level, chance) for _ in range(20)])
    assert not any(voiced[160:200]) and all(voiced[200:])


def test_a_quiet_caller_is_heard() -> None:
    """On a quiet line a voice of -50 dBFS is one: a tenth of the usual threshold's energy."""
    voiced = heard([square(20)] * 100 + [square(104)] * 20 + [square(20)] * 20)
    assert voiced == [False] * 100 + [True] * 20 + [False] * 20


def test_a_long_sentence_stays_voice() -> None:
    """Its short pauses keep the threshold down, also if they are 3 s apart."""
    sentence = ([square(2000)] * 140 + [square(60)] * 4) * 4
    voiced = heard([square(30)] * 100 + sentence)[100:]
    assert all(voiced[at] for at in range(len(sentence)) if at % 144 < 140)
