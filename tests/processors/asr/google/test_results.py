"""What Google's results say of a turn."""

from __future__ import annotations

from pipeline.standins.google_speech import GoogleSpeech, Script
from tests.kit.alone import alone
from tests.kit.google_caller import calling


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
