"""What goes wrong with Google, and what becomes of the turn: the rows D1 to D10 of the fault catalogue."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from pipeline.standins.google_speech import Fault, GoogleSpeech, Script
from pipeline.testing import voice
from tests.kit.alone import alone
from tests.kit.google_caller import TONES, calling, goes_wrong, words


@pytest.mark.fault("D5")
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


@pytest.mark.fault("D6")
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


@pytest.mark.fault("D6")
@pytest.mark.parametrize("code", REFUSED)
@alone
async def test_d6_what_will_not_pass_is_not_tried_again(code: str, log: list[str]) -> None:
    """The caller is answered at once, and the fault is logged; one more stream at most, if grpc forgot the code."""
    async with GoogleSpeech(goes_wrong("status", code=code)) as server, calling(server) as caller:
        caller.say()
        assert await caller.text() == ""
        assert caller.call.faults == 1 and len(server.streams) <= 2
        assert "FAULT in GoogleRecognizer (): KavError" in log


@pytest.mark.fault("D6")
@alone
async def test_d6_a_provider_that_always_fails() -> None:
    """A turn is tried four times, later each time, and no more."""
    async with GoogleSpeech(goes_wrong("status")) as server, calling(server) as caller:
        caller.say()
        assert await caller.text() == ""
        assert caller.call.faults == 1 and len(server.streams) == 4


@pytest.mark.fault("D9")
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


@pytest.mark.fault("D10")
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
