from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, ClassVar

import pytest

from pipeline import audio
from pipeline.frames import (
    AudioEnded,
    AudioOut,
    Frame,
    ReplyEnded,
    ReplyText,
    Transcript,
    Utterance,
)
from pipeline.processor import Kind, on
from pipeline.testing import run
from pipeline.text.fixed import phrase
from pipeline.vocabulary import ReplyEnd
from pipeline.worker import Worker

SORRY = [ReplyText(1, phrase("failed", "en-US")), ReplyEnded(1, ReplyEnd.FAILED)]
UTTERANCE = Utterance(1, b"", 0.0, 1.0, 1.0)
KINDS: list[tuple[tuple[Kind, ...], Frame, list[Frame]]] = [
    ((Transcript,), UTTERANCE, [Transcript(1, "")]),
    ((ReplyText,), Transcript(1, "words"), SORRY),
    ((ReplyText,), UTTERANCE, SORRY),
    ((ReplyText,), Transcript(1, "words", final=False), []),
    ((AudioOut,), ReplyText(1, "words"), [AudioOut(1, audio.beep(), "")]),
    ((AudioOut,), ReplyEnded(1), [AudioEnded(1)]),
    ((), Transcript(1, "words"), []),
]


class Fails(Worker):
    """Fails at each frame: in its handler, or in the work that this starts."""

    at_once: ClassVar[bool] = True

    @on(Utterance, Transcript, ReplyText, ReplyEnded)
    def take(self, frame: Any) -> None:
        if self.at_once:
            raise ValueError("on purpose")
        self.start(frame.turn, self.work())

    async def work(self) -> AsyncGenerator[Frame, None]:
        raise ValueError("on purpose")
        yield


@pytest.mark.parametrize(("made", "frame", "instead"), KINDS)
def test_a_step_that_fails_at_its_own_frame_leaves_no_silence(
    made: tuple[Kind, ...], frame: Frame, instead: list[Frame]
) -> None:
    """The caller is asked again, told of the failure, or hears a beep; a void turn is left alone."""

    class Step(Fails):
        gives = made
        holds = (Utterance, Transcript, ReplyText, ReplyEnded)

    assert run(Step(), [frame], turn=1) == instead
    assert run(Step(), [frame], turn=2) == []


def test_a_frame_that_a_step_does_not_hold_goes_on() -> None:
    """It is the same frame, once."""
    assert run(Fails(), [UTTERANCE], turn=1) == [UTTERANCE]


@pytest.mark.parametrize(
    ("made", "instead"),
    [
        ((ReplyText,), SORRY),
        ((Transcript,), [Transcript(1, "")]),
        ((AudioOut,), [AudioOut(1, audio.beep(), ""), AudioEnded(1)]),
    ],
)
def test_work_that_fails_leaves_no_silence(made: tuple[Kind, ...], instead: list[Frame]) -> None:
    """The whole output of the turn is made up for."""

    class Works(Fails):
        gives = made
        at_once = False

    assert run(Works(), [UTTERANCE, 1.0], turn=1) == instead
