"""The end of a turn, when Google's final result comes late, empty or in disorder."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.frames import Transcript, TurnDropped
from pipeline.standins.google_speech import Fault, GoogleSpeech, Script
from pipeline.testing import voice
from pipeline.vocabulary import DropReason
from tests.kit.alone import alone
from tests.kit.google_caller import TONES, calling, goes_wrong, words


@pytest.mark.fault("D6")
@alone
async def test_d6_words_that_are_there_are_not_thrown_away() -> None:
    """A stream that is refused after words have come: they are the best there is."""
    script = Script(tones=TONES, faults=[Fault(do="status", code="PERMISSION_DENIED", after=-1)], final_delay=0.05)
    async with GoogleSpeech(script) as server, calling(server) as caller:
        caller.say(words("one", "two"))
        assert await caller.text() == "one two"


@pytest.mark.fault("D7")
@pytest.mark.parametrize("do", ["empty", "blank"])
@alone
async def test_d7_no_words(do: str) -> None:
    """An answer without words is speech in which none were found; nothing failed."""
    async with GoogleSpeech(goes_wrong(do)) as server, calling(server, interim=False) as caller:
        caller.say(voice(0.12))  # too short for interim words
        assert await caller.text() == ""
        assert caller.call.faults == 0 and len(server.streams) == 1


@pytest.mark.fault("D7")
@alone
async def test_d7_a_cough_is_no_turn() -> None:
    """Without words and with little voice there is nothing to ask about."""
    async with GoogleSpeech(goes_wrong("empty")) as server, calling(server) as caller:
        caller.say(voice(0.12))
        assert isinstance(await caller.outcome(), Transcript)  # the harness says 1 s of voice
        caller.chain.put(TurnDropped(2, DropReason.SHORT))
        assert await caller.outcome() == TurnDropped(2, DropReason.SHORT)


@pytest.mark.fault("D7")
@pytest.mark.parametrize("stream", ["turn", "call"])
@alone
async def test_d7_never_final(stream: str) -> None:
    """The best interim words are taken after `final_timeout`; a late result disturbs no other turn."""
    script = goes_wrong("no_final", streams=[0])
    settings: dict[str, Any] = {"stream": stream, "final_timeout": 0.4}
    async with GoogleSpeech(script) as server, calling(server, **settings) as caller:
        caller.say()
        found = await caller.outcome()
        assert (found.text, found.confidence) == ("hello", 0.0)
        caller.say()
        assert await caller.text() == "hello"
        assert len(server.streams) >= 2 and caller.call.faults == 0


@pytest.mark.fault("D8")
@pytest.mark.parametrize("do", ["duplicated", "unordered", "revised"])
@alone
async def test_d8_final_results_in_disorder(do: Any) -> None:
    """Their place in the sound counts: each once, in that order, and of two for the same place the later one."""
    script = Script(say=["three rooms in tel aviv"], faults=[Fault(do=do)])
    async with GoogleSpeech(script) as server, calling(server) as caller:
        caller.say()
        assert await caller.text() == "three rooms in tel aviv"
        assert caller.catch.outcomes.empty()


SENTENCE = ("one", "two", "three", "four", "five", "six", "one", "two")


@pytest.mark.fault("D2")
@pytest.mark.parametrize("stream", ["turn", "call"])
@alone
async def test_d2_a_turn_that_is_sent_again_is_heard_to_its_end(stream: str) -> None:
    """With the default limits: a stream that never answers, and all words, not the first alone, from the next one."""
    script = Script(tones=TONES, endpoint=0.3, faults=[Fault(do="mute", streams=[0])])
    settings: dict[str, Any] = {"stream": stream, "final_timeout": 0.6}
    async with GoogleSpeech(script) as server, calling(server, **settings) as caller:
        await caller.live(words(*SENTENCE))
        caller.end()
        assert await caller.text() == " ".join(SENTENCE)
        assert caller.reopened() == ["stall"] and caller.call.faults == 0


@pytest.mark.fault("D2")
@alone
async def test_d2_a_stream_that_falls_silent_in_mid_sentence() -> None:
    """The caller speaks on for over a second without a result: the turn is sent again, and no word is lost."""
    script = Script(tones=TONES, faults=[Fault(do="mute", after=0.6, streams=[0])])
    async with GoogleSpeech(script) as server, calling(server, final_timeout=0.6) as caller:
        await caller.live(words(*SENTENCE))
        caller.end()
        assert await caller.text() == " ".join(SENTENCE)
        assert caller.catch.interim[0].text == "one" and caller.reopened() == ["stall"]


@pytest.mark.fault("D2")
@alone
async def test_d2_words_of_a_stream_that_broke_are_kept_if_the_next_one_gives_none() -> None:
    """They are the best there is once `timeout` is over, and are no fault."""
    faults = [Fault(do="status", after=-1, streams=[0]), Fault(do="mute")]
    settings: dict[str, Any] = {"final_timeout": 0.6, "timeout": 0.8}
    async with GoogleSpeech(Script(tones=TONES, faults=faults)) as server, calling(server, **settings) as caller:
        await caller.live(words("one", "two", "three"))
        caller.end()
        assert await caller.text() == "one two three"
        assert caller.call.faults == 0


@pytest.mark.fault("D8")
@pytest.mark.parametrize("stream", ["turn", "call"])
@alone
async def test_d8_final_results_without_a_place(stream: str) -> None:
    """Each counts, in the order in which they came, also if all sound had been sent before the first."""
    script = Script(tones=TONES, endpoint=0.3, final_delay=0.05, faults=[Fault(do="unplaced")])
    settings: dict[str, Any] = {"stream": stream, "final_timeout": 0.6}
    async with GoogleSpeech(script) as server, calling(server, **settings) as caller:
        for _ in range(2):
            caller.say(words("one", "two") + bytes(6400) + words("three") + bytes(6400) + words("four", "five"))
            assert await caller.text() == "one two three four five"
