"""The silence that ends a turn, by the voice before it."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.prosody import Prosody
from pipeline.prosody.patience import EVEN, Patience
from tests.kit.prosody import glide, pause


class Times(NamedTuple):
    """Bounds of patience."""

    min_silence: float = 0.48
    soon: float = 0.4
    patience: float = 2.0


BOUNDS = Times()


class Known(Prosody):
    """A score that is given, and the sound that it was asked about."""

    def __init__(self, score: float | None) -> None:
        super().__init__()
        self.known, self.asked = score, list[bytes]()

    def score(self, pcm: bytes, said: float) -> float | None:
        self.asked.append(pcm)
        return self.known


def silence(score: float | None, bounds: Times = BOUNDS, spoken: float = 2.0) -> float:
    """The silence asked for at a score."""
    patience = Patience(bounds, Known(score))
    patience.judge([b""], spoken)
    return patience.silence


def test_an_even_score_asks_for_the_silence_that_is_set() -> None:
    """At this one `min_silence` ends a turn."""
    assert silence(EVEN) == pytest.approx(0.48)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.1, 5), st.floats(0.1, 2), st.floats(0.3, 10))
def test_the_likelier_the_end_the_less_silence(
    one: float, other: float, least: float, soon: float, most: float
) -> None:
    """Between its bounds; a `min_silence` beyond `patience` is the bound itself."""
    bounds = Times(least, soon, most)
    sooner, later = silence(max(one, other), bounds), silence(min(one, other), bounds)
    assert min(soon, max(most, least)) <= sooner <= later <= max(most, least)


def test_a_sure_score_reaches_the_bounds() -> None:
    """From 0.4 s to 2 s."""
    assert (silence(1.0), silence(0.0)) == (0.4, 2.0)


@pytest.mark.parametrize(("score", "spoken"), [(0.0, 0.58), (1.0, 0.58), (None, 2.0)])
def test_a_voice_that_tells_nothing_asks_for_nothing(score: float | None, spoken: float) -> None:
    """Of less than 0.6 s, or without a score."""
    assert silence(score, spoken=spoken) is None


def test_each_pause_is_judged_by_the_sound_since_the_last() -> None:
    """At most 1.5 s of it; a new turn begins anew."""
    prosody = Known(0.5)
    patience, turn = Patience(Times(), prosody), [bytes([number]) for number in range(200)]
    patience.judge(turn[:100], 2.0)
    patience.judge(turn[:130], 2.0)
    patience.begin()
    patience.judge(turn[:20], 2.0)
    assert prosody.asked == [b"".join(turn[25:100]), b"".join(turn[100:130]), b"".join(turn[:20])]


def test_a_voice_that_falls_needs_less_silence_than_one_that_rises() -> None:
    """By the shipped weights."""

    def needed(end: bytes) -> float:
        patience, pcm = Patience(Times(), Prosody()), glide(150, 150, 0.8) + end + pause()
        patience.judge([pcm[at : at + 320] for at in range(0, len(pcm), 320)], 1.2)
        return patience.silence

    assert needed(glide(150, 100, 0.4, fade=10)) < 0.6
    assert needed(glide(150, 240, 0.4)) > 1.5
