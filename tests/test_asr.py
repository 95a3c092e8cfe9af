"""A recogniser that fails, hangs or falls behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from pipeline.asr import WAITING, Recognizer
from pipeline.frames import Transcript, Utterance
from pipeline.testing import run
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
