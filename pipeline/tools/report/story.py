"""A call's events as what a reader wants to see: turns, answers, interruptions, faults. Times in seconds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from pipeline.events import (
    BreakerChanged,
    ProviderFailed,
    RecognitionReopened,
    Refused,
    StepFailed,
    TasksLate,
    Underrun,
    VoiceFailed,
)
from pipeline.frames import TurnDropped
from pipeline.records.reader import Event
from pipeline.tools.report.record import Kept

FAULTS = {  # an event → what it means to a reader, with what fills it
    StepFailed.name: "{error} in {step}",
    Refused.name: "a message was refused: {reason}",
    BreakerChanged.name: "{provider}: its breaker is {state}",
    ProviderFailed.name: "{provider} failed: {error}",
    VoiceFailed.name: "{provider} gave no sound",
    Underrun.name: "the voice was slower than it was heard",
    RecognitionReopened.name: "recognition was opened again: {why}",
    TasksLate.name: "{tasks} tasks did not end",
    TurnDropped.__name__: "turn {turn} was dropped: {reason}",
}


class Turn(msgspec.Struct):
    """A turn of the caller, and when each stage of its answer was reached; None if it was not."""

    number: int
    started: float
    ended: float  # of the last voiced frame
    decided: float | None = None
    words: float | None = None
    reply: float | None = None
    audio: float | None = None
    text: str = ""
    dropped: str = ""

    @property
    def stages(self) -> list[tuple[str, float, float]]:
        """Each stage that was reached, with its start and end, since the caller's last voiced frame."""
        names = (("endpointing", self.decided), ("recognition", self.words), ("model", self.reply))
        found, at = [], self.ended
        for name, until in (*names, ("voice and breath", self.audio)):
            if until is not None:
                found.append((name, at - self.ended, max(at, until) - self.ended))
                at = max(at, until)
        return found


class Answer(msgspec.Struct):
    """Something that the agent said: `heard` of it, and what was `unheard` because the caller interrupted."""

    turn: int
    started: float
    ended: float
    heard: str = ""
    unheard: str = ""
    cut: bool = False


class Story(msgspec.Struct, kw_only=True):
    """A call. `clears` and `marks` are times, `faults` times and sentences."""

    turns: list[Turn] = []
    answers: list[Answer] = []
    clears: list[float] = []
    marks: list[float] = []
    faults: list[tuple[float, str]] = []
    cause: str = ""
    call_sid: str = ""
    stream_sid: str = ""

    @property
    def gaps(self) -> list[float]:
        """How long the caller waited for each answer."""
        return [turn.audio - turn.ended for turn in self.turns if turn.audio is not None]


def told(kept: Kept) -> Story:
    """The story of a record."""
    teller = _Teller()
    for event in kept.events:
        teller.tell(event)
    story = teller.story
    for answer in story.answers:
        answer.ended = answer.ended or kept.seconds
    story.turns.sort(key=lambda turn: turn.started)
    return story


class _Teller:
    """Reads events in their order."""

    def __init__(self) -> None:
        self.story = Story()
        self.turns: dict[int, Turn] = {}
        self.pieces: dict[int, list[str]] = {}

    def tell(self, event: Event) -> None:
        frame: dict[str, Any] = event.frame or event.content
        if event.what in FAULTS:
            self.story.faults.append((event.at, _filled(FAULTS[event.what], frame)))
        if (how := getattr(self, f"on_{event.what}", None)) is not None:
            try:
                how(event.at, frame)
            except (KeyError, TypeError, ValueError):  # an event of another Kav
                return

    def on_CallStarted(self, _: float, frame: dict[str, Any]) -> None:  # noqa: N802
        self.story.call_sid, self.story.stream_sid = str(frame["call_sid"]), str(frame["stream_sid"])

    def on_SpeechStarted(self, at: float, frame: dict[str, Any]) -> None:  # noqa: N802
        turn = Turn(int(frame["turn"]), float(frame["at"]), at)
        self.turns[turn.number] = turn
        self.story.turns.append(turn)

    def on_SpeechStopped(self, at: float, frame: dict[str, Any]) -> None:  # noqa: N802
        self.turns[frame["turn"]].decided = at

    def on_Utterance(self, _: float, frame: dict[str, Any]) -> None:  # noqa: N802
        turn = self.turns[frame["turn"]]
        turn.started, turn.ended = float(frame["started"]), float(frame["ended"])

    def on_TurnDropped(self, _: float, frame: dict[str, Any]) -> None:  # noqa: N802
        self.turns[frame["turn"]].dropped = str(frame["reason"])

    def on_Transcript(self, at: float, frame: dict[str, Any]) -> None:  # noqa: N802
        if frame.get("final"):
            turn = self.turns[frame["turn"]]
            turn.words, turn.text = at, str(frame["text"])

    def on_ReplyText(self, at: float, frame: dict[str, Any]) -> None:  # noqa: N802
        self.pieces.setdefault(frame["turn"], []).append(str(frame["text"]))
        if (turn := self.turns.get(frame["turn"])) is not None and turn.reply is None:
            turn.reply = at

    def on_AgentSpeaking(self, at: float, frame: dict[str, Any]) -> None:  # noqa: N802
        if frame["on"]:
            number = max(self.pieces, default=0)
            self.story.answers.append(Answer(number, at, 0.0))
            if (turn := self.turns.get(number)) is not None and turn.audio is None:
                turn.audio = at
        elif self.story.answers and not self.story.answers[-1].ended:
            self.story.answers[-1].ended, self.story.answers[-1].heard = at, str(frame["heard"])

    def on_Interrupt(self, at: float, frame: dict[str, Any]) -> None:  # noqa: N802
        if not self.story.answers or self.story.answers[-1].ended:
            return
        answer, heard = self.story.answers[-1], str(frame["heard"])
        answer.ended, answer.heard, answer.cut = at, heard, True
        whole = " ".join(self.pieces.get(answer.turn, ()))
        answer.unheard = whole[len(heard) :].strip() if whole.startswith(heard) else ""

    def on_Clear(self, at: float, _: dict[str, Any]) -> None:  # noqa: N802
        self.story.clears.append(at)

    def on_MarkPlayed(self, at: float, _: dict[str, Any]) -> None:  # noqa: N802
        self.story.marks.append(at)

    def on_ended(self, _: float, content: dict[str, Any]) -> None:
        self.story.cause = str(content["cause"])


def _filled(sentence: str, frame: dict[str, Any]) -> str:
    for name, value in frame.items():
        sentence = sentence.replace(f"{{{name}}}", str(value))
    return sentence


def median(values: Iterable[float]) -> float | None:
    """The middle one."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else None
