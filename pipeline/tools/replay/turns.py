"""What a call was like, turn by turn, read from its events; and what differs between two of them."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

from pipeline.events import FirstAudio
from pipeline.records.reader import Event

WENT_ON = 2.0  # seconds: who goes on so soon, unanswered, had not finished


class Turn(msgspec.Struct):
    """A turn of the caller; stream time in seconds. What is None did not happen."""

    number: int
    started: float
    ended: float  # of its last voice; until that is known, of the first
    decided: float | None = None  # when it was found to be over
    text: str | None = None
    dropped: str = ""  # why it came to nothing
    heard: str | None = None  # of the agent, who was interrupted by it
    gap: float | None = None  # seconds from its end to the agent's voice
    decided_at: float = 0.0  # call time

    @property
    def is_false_alarm(self) -> bool:
        """Whether it interrupted the agent and came to nothing."""
        return self.heard is not None and (bool(self.dropped) or not self.text)

    def overlaps(self, other: Turn) -> bool:
        """Whether both are about some of the same sound."""
        return self.started < other.ended and other.started < self.ended


class Totals(msgspec.Struct):
    """What can be counted of calls; gaps in seconds."""

    turns: int = 0
    false_barge_ins: int = 0
    cut_off: int = 0
    missed: int = 0
    gaps: list[float] = []

    def add(self, turns: Sequence[Turn], others: Iterable[Turn]) -> None:
        """Count a call; `others` are its turns the other time, of which those with words should be found again."""
        self.turns += len(turns)
        self.false_barge_ins += sum(each.is_false_alarm for each in turns)
        self.cut_off += sum(each.number in cut_off(turns) for each in turns)
        self.missed += sum(bool(it.text) and not any(map(it.overlaps, turns)) for it in others)
        self.gaps = [*self.gaps, *(each.gap for each in turns if each.gap is not None)]

    @property
    def gap(self) -> float | None:
        """The median."""
        return statistics.median(self.gaps) if self.gaps else None


def turns(events: Iterable[Event]) -> list[Turn]:
    """The caller's turns in a call."""
    found: dict[int, Turn] = {}
    latest = None
    for event in events:
        frame = event.frame
        turn = found.get(frame.get("turn", event.content.get("turn", -1)))
        if event.what == "SpeechStarted":
            latest = found[frame["turn"]] = Turn(frame["turn"], frame["at"], frame["at"])
        elif event.what == "Interrupt" and latest is not None:
            latest.heard = frame["heard"]
        elif turn is not None:
            _note(turn, event)
    return list(found.values())


def _note(turn: Turn, event: Event) -> None:
    frame = event.frame
    match event.what:
        case "SpeechStopped":
            turn.decided, turn.decided_at = frame["at"], event.at
            turn.ended = frame["at"]
        case "Utterance":
            turn.ended = frame["ended"]
        case "Transcript" if frame["final"] and turn.text is None:
            turn.text = frame["text"]
        case "TurnDropped":
            turn.dropped = frame["reason"]
        case FirstAudio.name if turn.decided is not None and turn.gap is None:
            turn.gap = event.at - turn.decided_at + turn.decided - turn.ended


def cut_off(some: Sequence[Turn]) -> set[int]:
    """The numbers of the turns that were taken to be over while the caller had more to say."""
    pairs = pairwise(some)
    return {one.number for one, after in pairs if one.gap is None and after.started - one.ended < WENT_ON and one.text}


def paired(was: Sequence[Turn], now: Sequence[Turn]) -> list[tuple[Turn | None, Turn | None]]:
    """The turns of both in the order of the call, side by side where they are about the same sound."""
    rows: list[tuple[Turn | None, Turn | None]] = []
    left, right = list(was), list(now)
    while left and right:
        one, other = left[0], right[0]
        if one.overlaps(other) or one.started == other.started:
            rows.append((left.pop(0), right.pop(0)))
        elif one.started < other.started:
            rows.append((left.pop(0), None))
        else:
            rows.append((None, right.pop(0)))
    return rows + [(one, None) for one in left] + [(None, other) for other in right]
