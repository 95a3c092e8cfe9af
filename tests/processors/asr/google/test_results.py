"""What Google's results say of a turn."""

from __future__ import annotations

import pytest

from pipeline.standins.google_speech import GoogleSpeech, Script
from processors.asr.google.api import Result
from processors.asr.google.results import Words
from tests.kit.alone import alone
from tests.kit.google_caller import calling


def result(text: str, final: bool) -> Result:
    return Result(text, 0.0, final, 0.9, "en-US")


@alone
async def test_interim_words_can_be_kept_back() -> None:
    """Then there is one transcript for each turn."""
    async with GoogleSpeech() as server, calling(server, interim=False) as caller:
        caller.say()
        assert await caller.text() == "hello"
        assert caller.catch.interim == []


@alone
async def test_a_final_result_that_comes_early_is_not_waited_for() -> None:
    """If Google found the turn's end first, its words leave with the turn, before the stream has ended."""
    script = Script(endpoint=0.3, final_delay=3600)
    async with GoogleSpeech(script) as server, calling(server) as caller:
        caller.say()
        assert await caller.text() == "hello"


@pytest.mark.fault("D8")
def test_finals_in_the_wrong_order() -> None:
    """The second half of a sentence, final before the first: the words that were shown are waited for."""
    words = Words(0.0)
    words.take(result("one two three four", False), 6400, 1.0)
    words.take(result("three four", True), 6400, 1.1)
    assert words.lacks_some
    words.take(result("one two", True), 3200, 1.3)
    assert not words.lacks_some and words.best().text == "one two three four"


def test_finals_without_a_place_do_not_replace_each_other() -> None:
    """They stand in the order in which they came, with the interim words behind them, and cover no sound."""
    words = Words(0.0)
    for text, final in (("one two", True), ("three", True), ("four", False)):
        words.take(result(text, final), 0, 1.0)
    assert words.best().text == "one two three four" and words.covered == 0


def test_words_of_the_former_stream_stand_until_there_are_as_many() -> None:
    """A stream that hears the sound again begins with its first word; of what is final, only the rest is kept."""
    words = Words(0.0)
    words.take(result("one two three", False), 4800, 1.0)
    words.reopened()
    words.take(result("one", False), 1600, 1.1)
    assert words.best().text == "one two three"
    words.take(result("one two", True), 3200, 1.2)
    assert words.best().text == "one two three"
    words.take(result("three four", False), 6400, 1.3)
    assert words.best().text == "one two three four"
