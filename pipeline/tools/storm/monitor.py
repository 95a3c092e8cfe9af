"""A step that reports two measures: voiced frames in a row, and the memory of each step."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields, is_dataclass
from typing import Any, ClassVar

import msgspec

from pipeline import audio
from pipeline.catalog import capability
from pipeline.catalog.spec import Step
from pipeline.chain import Chain
from pipeline.echo import EchoGuard
from pipeline.events import Event
from pipeline.frames import AudioIn
from pipeline.installation import PACKAGE, PROCESSORS
from pipeline.processor import Processor, on
from pipeline.settings import StepSettings
from pipeline.vocabulary import State

EVERY = 100  # frames between two measurements of memory
OTHERS = ("settings", "shared", "call", "chain")  # attributes of a step that are not its own memory
OURS = (f"{PACKAGE}.", f"{PROCESSORS}.")  # modules whose objects are looked into
DEEP = 5  # levels of nesting that are measured


class SpokenOver(Event, frozen=True):
    """The caller has spoken over the agent for long enough to stop it; in storms only, never in a record."""

    name: ClassVar[str] = "spoken_over"

    row: int  # frames of voice in a row


class Held(Event, frozen=True):
    """A step holds more than any step before; in storms only, never in a record."""

    name: ClassVar[str] = "held"

    bytes: int  # of sound and text, about


class Monitor(Processor):
    """Reports the voiced frame of a row that stops the agent while it speaks, and the most memory held."""

    gives = (AudioIn,)

    class Settings(StepSettings, frozen=True, kw_only=True):
        interrupts: int = 0  # voiced frames in a row that stop the agent; 0: none do
        release: int = 1  # frames of silence, after which voice is to stop it anew
        unbroken: int = 0  # frames after which speech without a pause stops it no more; 0: it always does
        pause: int = 1  # frames of silence that are a pause, at most

    settings: Settings

    def begin(self) -> None:
        self.row = self.count = self.most = self.quiet = 0
        self.lasts = 0  # frames of speech without a pause, up to now
        self.stops = False  # the voice was reported, and has not rested since

    @on(AudioIn)
    def hear(self, frame: AudioIn) -> None:
        self.row = self.row + 1 if frame.voiced else 0
        self.quiet = 0 if frame.voiced else self.quiet + 1
        self.lasts = self.lasts + 1 if self.quiet < self.settings.pause else 0
        speaks = self.call.state == State.SPEAKING
        if not speaks or self.quiet >= self.settings.release:
            self.stops = False
        self.count += 1
        if self.count % EVERY == 0:
            self.look()
        counts = not self.settings.unbroken or self.lasts < self.settings.unbroken
        spoken_over = speaks and counts and 0 < self.settings.interrupts <= self.row and not self.stops
        self.stops = self.stops or spoken_over
        self.push(frame)
        if spoken_over:
            self.call.tell(SpokenOver(self.row))

    def look(self) -> None:
        assert isinstance(self.chain, Chain)
        held = max(_size(vars(step)) for step in self.chain.steps if step is not self)
        if held > self.most:
            self.most = held
            self.call.tell(Held(held))


def with_monitor(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return the steps with a monitor after each vad, set to the barge-in of the config, and without an echo guard."""
    # A storm's line does not echo, and its callers hum, as its agent does: a guard would take them for the agent.
    steps = tuple(step for step in steps if not issubclass(step.kind, EchoGuard))
    made: list[Step] = []
    ends = next((it.settings for it in steps if capability(it.word) == "end_of_utterance"), None)
    for step in steps:
        made.append(step)
        if capability(step.word) == "vad":
            made.append(Step(word="monitor", kind=Monitor, settings=_set_to(ends)))
    return tuple(made)


def _set_to(ends: Any) -> Monitor.Settings:
    """Return the monitor's settings beside these of `end_of_utterance`; None: there is no such step."""
    if ends is None:
        return Monitor.Settings()
    pause = max(ends.min_silence, ends.hangover, ends.patience if ends.prosody else 0.0)
    return Monitor.Settings(
        interrupts=ends.barge_in_frames if ends.barge_in else 0,
        release=_frames(ends.release),
        unbroken=_frames(ends.unbroken),
        pause=_frames(pause),
    )


def _frames(seconds: float) -> int:
    return round(seconds / audio.FRAME_SECONDS)


def _size(it: Any, depth: int = DEEP) -> int:
    """Return about how many bytes of sound and text an object holds, `depth` levels deep."""
    if isinstance(it, bytes | bytearray | str):
        return len(it)
    if depth == 0 or isinstance(it, memoryview):  # a view's bytes are another object's, and slow to look through
        return 0
    if isinstance(it, dict):
        return sum(_size(each, depth - 1) for name, each in it.items() if name not in OTHERS)
    if isinstance(it, Collection):
        return sum(_size(each, depth - 1) for each in it)
    if is_dataclass(it):
        return sum(_size(getattr(it, each.name), depth - 1) for each in fields(it))
    if isinstance(it, msgspec.Struct):
        return sum(_size(getattr(it, name), depth - 1) for name in it.__struct_fields__)
    return _size(vars(it), depth - 1) if type(it).__module__.startswith(OURS) and hasattr(it, "__dict__") else 0
