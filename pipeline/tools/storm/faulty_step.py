"""A step that fails at random: at frames that it only passes on, with errors of any class, before or after it has."""

from __future__ import annotations

from asyncio import CancelledError
from random import Random
from typing import ClassVar

from pipeline.catalog.spec import Step
from pipeline.frames import (
    AudioEnded,
    AudioOut,
    Frame,
    ReplyEnded,
    ReplyText,
    SpeechStarted,
    SpeechStopped,
    Transcript,
    TurnDropped,
    Utterance,
)
from pipeline.processor import Kind, Processor, on
from pipeline.settings import StepSettings

ERRORS = (ValueError, CancelledError, SystemExit, RecursionError, MemoryError)
SHARES = (0.0, 0.0, 0.03)  # of the frames: those at which it fails, one of them for each seed


class FaultyStep(Processor):
    """Passes everything on, and fails at some of it: the calls are to go on as if it were not there."""

    gives: ClassVar[tuple[Kind, ...]] = ()
    optional: ClassVar[tuple[Kind, ...]] = (
        SpeechStarted, SpeechStopped, Utterance, Transcript, TurnDropped, ReplyText, ReplyEnded, AudioOut, AudioEnded,
    )  # fmt: skip

    class Settings(StepSettings, frozen=True, kw_only=True):
        seed: str = ""
        trouble: float = 0.0

    settings: Settings

    def begin(self) -> None:
        self.random = Random(f"{self.settings.seed} {self.call.sid}")

    @on(*optional)
    def take(self, frame: Frame) -> None:
        late, fails = self.random.random() < 0.5, self.random.random() < self.settings.trouble
        if late or not fails:
            self.push(frame)
        if fails:
            raise self.random.choice(ERRORS)("a step of the storm")


def with_faulty_step(steps: tuple[Step, ...], seed: int) -> tuple[Step, ...]:
    """Return the steps with one that fails between any two of them; for most seeds, without."""
    name = f"{seed} step"
    random = Random(name)
    place, trouble = random.randrange(1, len(steps)), random.choice(SHARES)
    if not trouble:
        return steps
    made = Step(word="faulty_step", kind=FaultyStep, settings=FaultyStep.Settings(seed=name, trouble=trouble))
    return (*steps[:place], made, *steps[place:])
