"""Turns and the words that belong to them."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.frames import TurnDropped
from pipeline.standins.google_speech import GoogleSpeech, Script
from pipeline.testing import voice
from pipeline.vocabulary import DropReason
from tests.kit.alone import alone
from tests.kit.google_caller import TONES, calling, words


@alone
async def test_turns_one_after_the_other() -> None:
    """Each has a stream of its own, all on one connection."""
    async with GoogleSpeech(Script(say=["one", "two"])) as server, calling(server) as caller:
        for text in ("one", "two", "one"):
            caller.say()
            assert await caller.text() == text
        assert len(server.streams) == 3


@alone
async def test_who_goes_on_is_heard_in_full() -> None:
    """A turn that begins while the one before is being recognised has a stream of its own; outcomes stay in order."""
    async with GoogleSpeech(Script(tones=TONES)) as server, calling(server) as caller:
        caller.say(words("one", "two"))
        caller.say(words("three"))
        assert [await caller.text(), await caller.text()] == ["one two", "three"]


@alone
async def test_a_turn_that_comes_to_nothing_is_let_go() -> None:
    """Its stream is closed at once, and nothing is said of its words."""
    async with GoogleSpeech() as server, calling(server) as caller:
        caller.begin(voice(0.3))
        await server.seen(1)
        caller.chain.put(TurnDropped(1, DropReason.SHORT))
        assert await caller.outcome() == TurnDropped(1, DropReason.SHORT)
        await server.closed()
        caller.say()
        assert await caller.text() == "hello"


@alone
async def test_one_stream_for_the_call() -> None:
    """It hears everything; a turn's words are those that became final in it."""
    async with GoogleSpeech(Script(tones=TONES, endpoint=0.3)) as server, calling(server, stream="call") as caller:
        for said in (("one", "two"), ("three",), ("four", "one")):
            await caller.live(bytes(3200), turn=False)
            caller.say(words(*said))
            assert await caller.text() == " ".join(said)
        assert len(server.streams) == 1 and caller.reopened() == []


@pytest.mark.parametrize("endpoint", [0.0, 0.3])
@alone
async def test_no_word_belongs_to_two_turns(endpoint: float) -> None:
    """In a stream for the call: words that are interim when a turn ends, and words that follow at once."""
    settings: dict[str, Any] = {"stream": "call", "final_timeout": 0.4}
    async with GoogleSpeech(Script(tones=TONES, endpoint=endpoint)) as server, calling(server, **settings) as caller:
        caller.say(words("one", "two"))
        caller.say(words("three", "four"))
        caller.say(words("five"))
        assert [await caller.text() for _ in range(3)] == ["one two", "three four", "five"]
        caller.say(words("six"))
        assert await caller.text() == "six"


@alone
async def test_a_dropped_turn_leaves_no_words_behind() -> None:
    """In a stream for the call: what was said in it is not in the next one."""
    async with GoogleSpeech(Script(tones=TONES, endpoint=0.3)) as server, calling(server, stream="call") as caller:
        caller.begin(words("one", "two", "three"))
        await server.seen(1, 1.0)
        caller.chain.put(TurnDropped(1, DropReason.REPEATED))
        await caller.outcome()
        caller.say(words("four"))
        assert await caller.text() == "four"
