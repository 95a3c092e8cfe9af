"""What goes wrong with Google, and what becomes of the turn: the rows D1 to D10 of the fault catalogue."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from pipeline.frames import Transcript, TurnDropped
from pipeline.standins.google_speech import Fault, GoogleSpeech, Script
from pipeline.testing import voice
from pipeline.vocabulary import DropReason
from tests.kit.alone import alone
from tests.kit.google_caller import TONES, calling, words


def goes_wrong(do: Any, **how: Any) -> Script:
    """A script with one fault, on every stream unless told."""
    return Script(final_delay=0.05, faults=[Fault(do=do, **how)])


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


@alone
async def test_d1_a_provider_that_is_not_there() -> None:
    """No connection ever: the turn is answered with nothing understood, in time, and the fault is counted."""
    settings: dict[str, Any] = {"connect_timeout": 0.1, "timeout": 0.4}
    async with GoogleSpeech(Script(deaf_connections=99)) as server, calling(server, **settings) as caller:
        caller.say()
        assert await caller.text() == ""
        assert caller.call.faults == 1 and server.streams == []


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


@alone
async def test_d5_no_quota() -> None:
    """Google is left alone for a while, by all calls, and longer each time; when there is some again, all is well."""
    script = goes_wrong("status", code="RESOURCE_EXHAUSTED")
    async with GoogleSpeech(script) as server, calling(server, timeout=0.4) as caller:
        for _ in range(4):
            caller.say()
            assert await caller.text() == ""
        assert caller.call.faults == 4 and len(server.streams) <= 6
        server.script = Script()
        await caller.live(voice(2.5))
        caller.end()
        assert await caller.text() == "hello"
        assert "RESOURCE_EXHAUSTED" in caller.reopened()


RETRIED = ["UNAVAILABLE", "ABORTED", "OUT_OF_RANGE", "INTERNAL", "DEADLINE_EXCEEDED", "CANCELLED", "UNKNOWN"]
REFUSED = ["UNAUTHENTICATED", "PERMISSION_DENIED", "INVALID_ARGUMENT", "NOT_FOUND"]


@pytest.mark.parametrize("after", [0.0, 0.5, -1.0])
@pytest.mark.parametrize("code", RETRIED)
@alone
async def test_d6_what_may_pass_is_tried_again(code: str, after: float) -> None:
    """At the start, in the middle or at the end of a stream: the turn is sent again, whole."""
    script = goes_wrong("status", code=code, after=after, streams=[0])
    async with GoogleSpeech(script) as server, calling(server) as caller:
        caller.say()
        assert await caller.text() == "hello"
        assert len(caller.reopened()) == 1
        assert caller.reopened() == [code] or after >= 0  # grpc forgets the code if a write comes in between
        assert server.streams[1].seconds == pytest.approx(1.68) and caller.call.faults == 0


@pytest.mark.parametrize("code", REFUSED)
@alone
async def test_d6_what_will_not_pass_is_not_tried_again(code: str, log: list[str]) -> None:
    """The caller is answered at once, and the fault is logged; one more stream at most, if grpc forgot the code."""
    async with GoogleSpeech(goes_wrong("status", code=code)) as server, calling(server) as caller:
        caller.say()
        assert await caller.text() == ""
        assert caller.call.faults == 1 and len(server.streams) <= 2
        assert "FAULT in GoogleRecognizer (): KavError" in log


@alone
async def test_d6_a_provider_that_always_fails() -> None:
    """A turn is tried four times, later each time, and no more."""
    async with GoogleSpeech(goes_wrong("status")) as server, calling(server) as caller:
        caller.say()
        assert await caller.text() == ""
        assert caller.call.faults == 1 and len(server.streams) == 4


@alone
async def test_d6_words_that_are_there_are_not_thrown_away() -> None:
    """A stream that is refused after words have come: they are the best there is."""
    script = Script(tones=TONES, faults=[Fault(do="status", code="PERMISSION_DENIED", after=-1)], final_delay=0.05)
    async with GoogleSpeech(script) as server, calling(server) as caller:
        caller.say(words("one", "two"))
        assert await caller.text() == "one two"


@pytest.mark.parametrize("do", ["empty", "blank"])
@alone
async def test_d7_no_words(do: str) -> None:
    """An answer without words is speech in which none were found; nothing failed."""
    async with GoogleSpeech(goes_wrong(do)) as server, calling(server, interim=False) as caller:
        caller.say(voice(0.12))  # too short for interim words
        assert await caller.text() == ""
        assert caller.call.faults == 0 and len(server.streams) == 1


@alone
async def test_d7_a_cough_is_no_turn() -> None:
    """Without words and with little voice there is nothing to ask about."""
    async with GoogleSpeech(goes_wrong("empty")) as server, calling(server) as caller:
        caller.say(voice(0.12))
        assert isinstance(await caller.outcome(), Transcript)  # the harness says 1 s of voice
        caller.chain.put(TurnDropped(2, DropReason.SHORT))
        assert await caller.outcome() == TurnDropped(2, DropReason.SHORT)


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


@pytest.mark.parametrize("do", ["duplicated", "unordered", "revised"])
@alone
async def test_d8_final_results_in_disorder(do: Any) -> None:
    """Their place in the sound counts: each once, in that order, and of two for the same place the later one."""
    script = Script(say=["three rooms in tel aviv"], faults=[Fault(do=do)])
    async with GoogleSpeech(script) as server, calling(server) as caller:
        caller.say()
        assert await caller.text() == "three rooms in tel aviv"
        assert caller.catch.outcomes.empty()


@alone
async def test_d9_credentials_that_end_during_a_call() -> None:
    """The stream that runs is not disturbed; the one after it is refused, once, and the caller is answered."""
    script = Script(tones=TONES, endpoint=0.3, faults=[Fault(do="status", code="UNAUTHENTICATED", streams=[1])])
    settings: dict[str, Any] = {"stream": "call", "rotate_after": 0.3, "rotate_hard": 300.0}
    async with GoogleSpeech(script) as server, calling(server, **settings) as caller:
        await caller.live(words("one", "two"))
        caller.end()
        assert await caller.text() == "one two"
        await caller.live(bytes(4800), turn=False)
        await server.seen(2)
        caller.say(words("three"))
        assert await caller.text() == "three"
        assert len(server.streams) == 3


HOSTILE = [
    ("e\u0301", "é"),
    ("a\x00b\x1b[31mc\r\nd\x85e", "ab[31mc d e"),
    ("\u202eabc\u2066def\u200f", "abcdef"),
    ("one\u2028two\ufeff\u00ad", "one two"),
    ("</Say><Dial>+1900</Dial>", "</Say><Dial>+1900</Dial>"),
    ("נ\u05b8דל״ן", "נ\u05b8דל״ן"),
    ("ab" * 50_000, "ab" * 1000),
    ("ש" * 50_000, "ש" * 1000),
    ("\ufdfa" * 5000, None),
]


@pytest.mark.parametrize(("said", "text"), HOSTILE)
@alone
async def test_d10_hostile_text(said: str, text: str | None, log: list[str]) -> None:
    """Control and direction characters never get in, and a turn has 2 kB at most; markup is text like any other."""
    async with GoogleSpeech(Script(say=[said], final_delay=0.05)) as server, calling(server) as caller:
        caller.say()
        found = await caller.text()
        assert text is None or found == text
        for each in [found, *(it.text for it in caller.catch.interim)]:
            assert len(each.encode()) <= 2000
            assert not [sign for sign in each if unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp")]
        assert all(line.isprintable() for line in log)
