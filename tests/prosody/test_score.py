"""The score of a pause, and its weights."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.faults import KavError
from pipeline.prosody.features import NAMES
from pipeline.prosody.score import Prosody, Weight, Weights, read_weights
from tests.kit.prosody import glide, pause

FALLING = glide(150, 150, 0.8) + glide(150, 100, 0.4, fade=10) + pause()
LEVEL = glide(150, 150, 1.2) + pause()
RISING = glide(150, 150, 0.8) + glide(150, 240, 0.4) + pause()


def test_a_voice_that_falls_is_sooner_over_than_one_that_stays() -> None:
    """The shipped weights take a fall for an end, and a rise for a pause."""
    falls, rises = (Prosody().score(pcm, 1.2) for pcm in (FALLING, RISING))
    assert falls > 0.7 and rises < 0.4


def test_a_voice_without_melody_says_nothing() -> None:
    """A machine's voice or a tone, whose pitch stays within four semitones, is not judged."""
    assert Prosody().score(LEVEL, 1.2) is None
    assert Prosody().score(glide(150, 150, 0.8) + glide(150, 175, 0.4) + pause(), 1.2) is None


def test_a_pause_is_compared_with_all_speech_so_far() -> None:
    """The same end is fainter in a call in which the caller spoke up before."""
    fresh, known = Prosody(), Prosody()
    for _ in range(4):
        known.score(glide(150, 240, 1.4, level=8000) + pause(), 1.4)
    end = glide(150, 240, 0.7, level=3000) + pause()
    assert known.score(end, 0.7) > fresh.score(end, 0.7)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.sampled_from([b"\x01\x80", b"\xff\x7f", b"\0", bytes(700), b"\xff\x7f\x00\x80" * 900])
        | st.binary(max_size=3000)
        | st.builds(glide, st.floats(60, 500), st.floats(60, 500), st.floats(0.05, 0.5)),
        max_size=6,
    ),
    st.floats(0, 60),
)
def test_a_score_is_a_probability_for_any_sound(pieces: list[bytes], said: float) -> None:
    """Silence, clipped sound, noise, half a sample: each score is between 0 and 1, and a number."""
    prosody = Prosody()
    for pcm in pieces:
        score = prosody.score(pcm, said)
        assert score is None or 0 <= score <= 1


@pytest.mark.parametrize("pcm", [b"", pause(2), b"\x01"])
def test_silence_says_nothing(pcm: bytes) -> None:
    """Without speech there is no score."""
    assert Prosody().score(pcm, 0.0) is None


def test_noise_alone_is_a_number() -> None:
    """A line that hisses at one level is no failure."""
    noise = (np.random.default_rng(3).standard_normal(16000) * 9000).clip(-32768, 32767).astype("<i2").tobytes()
    score = Prosody().score(noise, 2.0)
    assert score is None or 0 <= score <= 1


def test_a_caller_is_remembered_for_ten_seconds() -> None:
    """Memory is bounded, however long the call."""
    prosody = Prosody()
    for _ in range(20):
        prosody.score(LEVEL, 1.0)
    assert len(prosody._heard) == 1000


def test_the_shipped_weights_are_small_and_say_their_source() -> None:
    """No weight is large, so that no one feature decides; the amount said, which fits a set's lengths, has none."""
    weights = read_weights()
    assert weights.learned_from
    assert set(weights.features) == set(NAMES) - {"said"}
    assert all(abs(each.weight) < 1 for each in weights.features.values())


def test_a_feature_counts_to_two_spreads() -> None:
    """One odd feature, however far off, decides no turn."""
    weights = Weights("", 0.0, {"tone": Weight(0.0, 1.0, 1.0)})
    assert weights.score({"tone": 2.0}) == weights.score({"tone": 1e9}) == pytest.approx(1 / (1 + math.exp(-2)))


def test_wild_weights_score_still(tmp_path: Path) -> None:
    """Weights of any size give a probability."""
    wild = Weights("", -1e300, {"tone": Weight(0.0, 1e-300, 1e300)})
    assert 0 < wild.score({"tone": -5.0}) < 1e-8


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("{", "is no file of prosody weights"),
        ('{"learned_from": "", "bias": 0, "features": {"tone": {"median": 0, "spread": 0, "weight": 1}}}', "> 0"),
        (
            '{"learned_from": "", "bias": 0, "features": {"x": {"median": 0, "spread": 1, "weight": 1}}}',
            "weights for x",
        ),
        ('{"learned_from": "", "bias": NaN, "features": {}}', "is no file of prosody weights"),
    ],
)
def test_a_wrong_file_of_weights_is_refused(tmp_path: Path, content: str, fault: str) -> None:
    """The error has the file and the fault."""
    path = tmp_path / "w.json"
    path.write_text(content)
    with pytest.raises(KavError, match=fault) as raised:
        read_weights(path)
    assert str(path) in str(raised.value)


def test_a_missing_file_of_weights_is_refused(tmp_path: Path) -> None:
    """The error has the file and the reason."""
    with pytest.raises(KavError, match=r"none\.json: cannot be read"):
        read_weights(tmp_path / "none.json")


def test_weights_are_read_as_written(tmp_path: Path) -> None:
    """A file of weights that `learn` made is read back."""
    path = tmp_path / "w.json"
    path.write_bytes(msgspec.json.encode(read_weights()))
    assert read_weights(path) == read_weights()


def test_weights_that_are_written_anew_are_read_anew(tmp_path: Path) -> None:
    """A config that is loaded again after `learn` gets the new ones."""
    path = tmp_path / "weights.json"
    for bias in (0.25, -1.125):
        path.write_bytes(msgspec.json.encode(msgspec.structs.replace(read_weights(), bias=bias)))
        assert read_weights(path).bias == bias
