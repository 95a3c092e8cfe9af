"""What is told of answers by their sound alone."""

from __future__ import annotations

import asyncio

import pytest

from pipeline import audio
from pipeline.testing import voice
from pipeline.tools.call.dial import speak
from pipeline.tools.go.sound import same_start, stretches


@pytest.fixture(scope="module")
def said() -> dict[str, bytes]:
    """Sentences by the offline voice."""
    words = (
        "My name is Max of Kav Homes. What is it?",
        "My name is Max of Kav Homes. Good.",
        "There are three rooms in it.",
    )
    return asyncio.run(speak(words, "en-US"))


def test_stretches_of_sound_are_told_from_pauses() -> None:
    """A pause of half a second parts two stretches, a breath does not."""
    track = voice(0.4) + bytes(8000) + voice(0.2) + bytes(1600) + voice(0.2)
    assert [tuple(round(at, 2) for at in one) for one in stretches(track)] == [(0.0, 0.4), (0.9, 1.4)]
    assert stretches(bytes(8000)) == []


def test_two_answers_that_begin_with_the_same_words_sound_alike(said: dict[str, bytes]) -> None:
    """Even if one of them begins a little later."""
    first, again, other = said.values()
    assert same_start(first, again) and same_start(first, bytes(3200) + again)
    assert not same_start(first, other) and not same_start(first, b"")


def test_tones_tell_nothing() -> None:
    """All tones are alike, and none of them is an introduction."""
    assert not same_start(audio.tone(2.0), audio.tone(3.0))
