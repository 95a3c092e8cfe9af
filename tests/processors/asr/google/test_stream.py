"""A stream to Google that hangs, grows old or ends, and the one that takes its place."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.standins.google_speech import Fault, GoogleSpeech, Script
from pipeline.testing import voice
from tests.kit.alone import alone
from tests.kit.google_caller import TONES, calling, goes_wrong, words


@pytest.mark.fault("D1")
@alone
async def test_d1_a_connection_that_hangs_is_replaced() -> None:
    """The stream is opened again on a connection of its own, and the turn is whole."""
    async with GoogleSpeech(Script(deaf_connections=1)) as server, calling(server, connect_timeout=0.5) as caller:
        caller.say(voice(1.0))
        assert await caller.text() == "hello"
        assert caller.reopened() == ["UNAVAILABLE"]
        assert server.streams[-1].seconds == pytest.approx(1.0 + 0.2 + 0.48)
        caller.say()
        assert await caller.text() == "hello"
        assert caller.call.faults == 0


@pytest.mark.fault("D1", "H8")
@alone
async def test_d1_a_provider_that_is_not_there() -> None:
    """No connection ever: the turn is answered with nothing understood, in time, and the fault is counted."""
    settings: dict[str, Any] = {"connect_timeout": 0.1, "timeout": 0.4}
    async with GoogleSpeech(Script(deaf_connections=99)) as server, calling(server, **settings) as caller:
        caller.say()
        assert await caller.text() == ""
        assert caller.call.faults == 1 and server.streams == []


@pytest.mark.fault("D2")
@alone
async def test_d2_a_stream_that_hears_nothing_is_replaced() -> None:
    """Speech without a result for too long: all of it is sent again on a fresh stream, while the caller speaks on."""
    script = Script(say=["one two three four five"], faults=[Fault(do="mute", streams=[0])])
    async with GoogleSpeech(script) as server, calling(server, stall=0.3) as caller:
        await caller.live(voice(0.6))
        caller.end()
        assert await caller.text() == "one two three four five"
        assert caller.reopened() == ["stall"]
        assert server.streams[1].seconds == pytest.approx(0.2 + 0.6 + 0.48)


@pytest.mark.fault("D2")
@alone
async def test_d2_a_stream_that_does_not_answer_is_replaced() -> None:
    """Nothing comes after the turn: halfway it is sent again; if that does not help, nothing was understood."""
    async with GoogleSpeech(goes_wrong("mute", streams=[0, 2, 3])) as server, calling(server, timeout=1.6) as caller:
        caller.say()
        assert await caller.text() == "hello"
        assert caller.reopened() == ["stall"] and caller.call.faults == 0
        caller.say()
        assert await caller.text() == ""
        assert caller.reopened() == ["stall", "stall"] and caller.call.faults == 1


SIX = tuple(TONES)
AGED: dict[str, Any] = {"rotate_after": 0.2, "rotate_hard": 0.4}  # seconds, for 240 and 285
LIMIT = 0.8  # for 305


@pytest.mark.fault("D3")
@pytest.mark.parametrize("stream", ["turn", "call"])
@alone
async def test_d3_talking_across_the_age_of_a_stream(stream: str) -> None:
    """It is replaced in the middle of a sentence: no word is lost, none comes twice, and the limit is never met."""
    script = Script(tones=TONES, limit=LIMIT, endpoint=0.3)
    async with GoogleSpeech(script) as server, calling(server, stream=stream, **AGED) as caller:
        await caller.live(words(*SIX))
        caller.end()
        assert await caller.text() == " ".join(SIX)
        assert len(caller.reopened()) >= 3 and set(caller.reopened()) == {"age"}


@pytest.mark.fault("D3")
@alone
async def test_d3_silence_across_the_age_of_a_stream() -> None:
    """While nobody speaks it is replaced before it has to be, and the next turn is whole."""
    script = Script(tones=TONES, limit=LIMIT, endpoint=0.3)
    async with GoogleSpeech(script) as server, calling(server, stream="call", **AGED) as caller:
        await caller.live(bytes(16000), turn=False)
        aged = caller.reopened()
        assert len(aged) >= 2 and set(aged) == {"age"}
        caller.say(words(*SIX))
        assert await caller.text() == " ".join(SIX)


@pytest.mark.fault("D3")
@alone
async def test_d3_going_on_across_the_age_of_a_stream() -> None:
    """Two turns, the second before the first is understood, over several streams: each has its own words."""
    script = Script(tones=TONES, limit=LIMIT, endpoint=0.3)
    async with GoogleSpeech(script) as server, calling(server, stream="call", **AGED) as caller:
        await caller.live(words(*SIX[:3]))
        caller.end()
        await caller.live(words(*SIX[3:]))
        caller.end()
        assert [await caller.text(), await caller.text()] == [" ".join(SIX[:3]), " ".join(SIX[3:])]
        assert caller.call.faults == 0


@pytest.mark.fault("D3")
@pytest.mark.parametrize("stream", ["turn", "call"])
@alone
async def test_d3_a_stream_that_google_ends(stream: str) -> None:
    """The limit itself: what was not final is sent again, to the letter."""
    script = Script(tones=TONES, limit=0.5, endpoint=0.3)
    async with GoogleSpeech(script) as server, calling(server, stream=stream) as caller:
        await caller.live(words(*SIX))
        caller.end()
        assert await caller.text() == " ".join(SIX)
        assert caller.reopened()[0] == "OUT_OF_RANGE" and caller.call.faults == 0


@pytest.mark.fault("D4")
@pytest.mark.parametrize("stream", ["turn", "call"])
@alone
async def test_d4_a_stream_that_is_ended_for_want_of_sound(stream: str) -> None:
    """A line that stops in the middle of a turn costs it no word."""
    script = Script(tones=TONES, no_audio_limit=0.1, endpoint=0.3)
    settings: dict[str, Any] = {"stream": stream, "silence_after": 5.0}
    async with GoogleSpeech(script) as server, calling(server, **settings) as caller:
        caller.begin(words("one", "two"))
        await server.seen(2)
        caller.hear(words("three"))
        caller.end()
        assert await caller.text() == "one two three"
        assert set(caller.reopened()) == {"ABORTED"} and caller.call.faults == 0
