"""A recogniser that fails, hangs or falls behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from pipeline.asr import WAITING, Recognizer
from pipeline.frames import (
    HeldUtterance,
    SpeechHeld,
    SpeechStarted,
    Transcript,
    TurnDropped,
    Utterance,
    WordsHeld,
)
from pipeline.testing import run
from pipeline.vocabulary import DropReason
from processors.asr.script import ScriptRecognizer
from tests.kit.utterances import script, texts, utterance


class Fails(Recognizer):
    """Fails as it is told: at once, after an interim transcript, or never ending."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how

    async def recognize(self, utterance: Utterance) -> AsyncGenerator[Any, None]:
        if self.how == "interim":
            yield Transcript(utterance.turn, "thr", False)
        if self.how == "hangs":
            await asyncio.sleep(3600)
        if self.how != "nothing" and utterance.turn == 1:
            raise OSError("no network")
        if utterance.turn != 1:
            yield Transcript(utterance.turn, "two")


@pytest.mark.parametrize("how", ["at once", "interim"])
def test_a_recogniser_that_fails_has_understood_nothing(how: str) -> None:
    """The caller will be asked again, even after a short word; the next utterance is recognised."""
    asr = Fails(how)
    out = run(asr, [utterance(1, 0.16), utterance(2), 1.0], turn=1)
    assert [it for it in texts(out) if it[1] != "thr"] == [(1, ""), (2, "two")]
    assert asr.call.faults == 1


def test_a_recogniser_that_says_nothing_has_heard_no_words() -> None:
    """No transcript at all is an empty one."""
    assert texts(run(Fails("nothing"), [utterance(1), 1.0], turn=1)) == [(1, "")]


PATIENCE = Recognizer.answers_within


@pytest.mark.fault("D2")
@pytest.mark.parametrize(("wait", "expected"), [(PATIENCE - 0.1, []), (PATIENCE + 0.1, [(1, "")])])
def test_a_recogniser_that_hangs_is_given_up(wait: float, expected: list[Any]) -> None:
    """Silence is no answer: after ten seconds it has failed."""
    assert texts(run(Fails("hangs"), [utterance(1), wait], turn=1)) == expected


@pytest.mark.fault("G5")
def test_what_waits_is_bounded() -> None:
    """Of more than eight turns the oldest that waits is forgotten."""
    asr = script(*map(str, range(20)), delay=1.0)
    out = run(asr, [*(utterance(turn) for turn in range(WAITING + 3)), 20.0])
    assert [turn for turn, _ in texts(out)] == [0, *range(4, WAITING + 3)]


# ---- speech that is held ------------------------------------------------------------------------------------------

HELD, SOUND = SpeechHeld(2, 0.0), HeldUtterance(2, bytes(16000), 0.0, 0.2, 0.2)


def test_words_of_speech_that_is_held_go_up() -> None:
    """Interim and final ones, and none, too: no step below hears of them."""
    asr = ScriptRecognizer(ScriptRecognizer.Settings(say=["one two", ""], interim=0.1))
    out = run(
        asr, [HELD, 0.15, SOUND, 0.1, SpeechHeld(3, 1.0), HeldUtterance(3, bytes(16000), 1.0, 1.2, 0.2), 0.1], turn=1
    )
    words = [(it.turn, it.text, it.final) for it in out if isinstance(it, WordsHeld)]
    assert words == [(2, "one", False), (2, "one two", True), (3, "", True)]
    assert [type(it) for it in out if not isinstance(it, WordsHeld)] == [SpeechHeld, SpeechHeld]


def test_a_turn_that_was_held_is_begun_once() -> None:
    """Its SpeechStarted brings nothing new, before its end and after it; that of another turn does."""
    begun: list[int] = []

    class Notes(Fails):
        def open_turn(self, frame: SpeechHeld | SpeechStarted) -> None:
            begun.append(frame.turn)

    started = SpeechStarted(2, 0.0)
    run(Notes("nothing"), [HELD, HELD, started, SOUND, 0.1, started, SpeechStarted(3, 2.0)], turn=1)
    assert begun == [2, 3]


def test_speech_that_was_dropped_has_no_words_for_anybody() -> None:
    """What a recogniser says of it later is that of an ordinary turn, which is void."""
    asr = script("one", delay=0.5)
    out = run(asr, [HELD, TurnDropped(2, DropReason.SHORT), 1.0], turn=1)
    assert out == [HELD, TurnDropped(2, DropReason.SHORT)] and not asr.held


def test_recognition_of_speech_that_is_held_may_fail() -> None:
    """The step that decides hears of it, as of words that are lost; the next turn is recognised."""
    out = run(Fails("at once"), [SpeechHeld(1, 0.0), HeldUtterance(1, b"", 0.0, 0.2, 0.2), utterance(2), 0.1], turn=0)
    assert [it for it in out if isinstance(it, WordsHeld | Transcript)] == [
        WordsHeld(1, "", failed=True),
        Transcript(2, "two"),
    ]
