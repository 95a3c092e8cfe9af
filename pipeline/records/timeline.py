"""A call's turns, replies, uses of tools and figures, derived from its events: while they come, or from a record.

docs/figures.md has each figure's definition. A *moment* is a time on the clock of the events: seconds from the call's
start in a record, loop time in a call that goes on. Stream time counts the caller's audio.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import msgspec

from pipeline.events import EchoHeard, FirstAudio
from pipeline.frames import (
    AudioOut,
    HeldUtterance,
    Interrupt,
    ReplyText,
    SpeechStarted,
    SpeechStopped,
    Transcript,
    TurnDropped,
    Utterance,
)
from pipeline.records.holds import Holds
from pipeline.records.reader import Event
from pipeline.records.replies import Replies, Reply
from pipeline.records.stopwatch import FIGURES, RESPONSE_GAP, Sample, Stopwatch
from pipeline.records.tool_uses import ToolUses

WENT_ON = 2.0  # seconds: a caller, unanswered, speaking again sooner had not finished


class Turn(msgspec.Struct):
    """A turn of the caller. `started`, `ended` and `decided` are stream time, `…_at` moments; None: did not happen."""

    number: int
    started: float  # of the first voiced frame
    ended: float  # end of the last voiced frame if it was an utterance, else of the silence that ended it
    decided: float | None = None  # when silence ended it
    text: str | None = None
    dropped: str = ""  # the reason, if it was dropped
    heard: str | None = None  # the words heard of the reply that it interrupted
    ended_at: float | None = None  # when the caller fell silent; None if it was no utterance
    decided_at: float | None = None
    words_at: float | None = None  # the final words were known
    reply_at: float | None = None  # the reply's first words were known
    audio_at: float | None = None  # the first sound was heard, of the answer or of a filler before it
    answer_at: float | None = None  # the first sound of the answer itself was heard
    started_at: float | None = None  # when the caller began to speak
    sound_at: float | None = None  # the first sound of the answer was made
    breath_until: float | None = None  # no answer starts before

    @property
    def gap(self) -> float | None:
        """The response gap, in seconds; None if it was not answered."""
        return None if self.audio_at is None or self.ended_at is None else self.audio_at - self.ended_at

    @property
    def is_false_alarm(self) -> bool:
        """True if it interrupted the agent but was dropped or had no words."""
        return self.heard is not None and (bool(self.dropped) or not self.text)

    def overlaps(self, other: Turn) -> bool:
        """Return True if both turns share some sound."""
        return self.started < other.ended and other.started < self.ended


class Timeline:
    """The turns, replies and samples of one call, as far as its events have come.

    `tell` takes an event as a call's watchers get it, or as a record has it.
    """

    echo: tuple[float, float] | None = None  # of the line, as heard last: its lag in seconds, its level in dB

    def __init__(self) -> None:
        self.samples: dict[str, list[Sample]] = {name: [] for name in FIGURES}
        self.holds, self.tools = Holds(), ToolUses()
        self._spoken = Replies()
        self._held: dict[int, Any] = {}  # the sound of speech that is no turn yet, by the turn that it may be
        self._turns: dict[int, Turn] = {}
        self._watch = Stopwatch(self._sample)
        self._figures = {kind.__name__: take for kind, take in self._watch.takes.items()}
        self._takes = self._takers()

    def _takers(self) -> dict[str, Callable[[float, Any], None]]:
        return {
            SpeechStarted.__name__: self._speech_started,
            SpeechStopped.__name__: self._speech_stopped,
            Utterance.__name__: self._utterance,
            HeldUtterance.__name__: lambda _, frame: self._held.update({frame.turn: frame}),
            TurnDropped.__name__: self._turn_dropped,
            Transcript.__name__: self._transcript,
            ReplyText.__name__: self._reply_text,
            EchoHeard.name: self._echo_heard,
            AudioOut.__name__: self._audio_out,
            FirstAudio.name: self._first_audio,
            Interrupt.__name__: self._interrupt,
            **self.tools.takes,
        }

    def tell(self, at: float, name: str, content: Mapping[str, Any]) -> None:
        """Take the next event: the moment, its name, its fields or its `frame`."""
        derived = (self._figures, self.holds.takes, self._takes, self._spoken.takes)
        taken = [take for takes in derived if (take := takes.get(name)) is not None]
        subject = _subject(content) if taken else None
        for take in taken:
            take(at, subject)

    @property
    def turns(self) -> list[Turn]:
        """All turns, in the order of their starts, those too short for an utterance included."""
        return list(self._turns.values())

    @property
    def utterances(self) -> list[Turn]:
        """The turns long enough to be an utterance: those that are counted."""
        return [turn for turn in self._turns.values() if turn.ended_at is not None]

    @property
    def replies(self) -> list[Reply]:
        """The replies that became audible."""
        return self._spoken.all

    @property
    def barge_ins(self) -> list[Reply]:
        """The replies that the caller interrupted."""
        return self._spoken.barge_ins

    @property
    def unspoken(self) -> list[Reply]:
        """The replies that had words and never became audible."""
        return self._spoken.unspoken

    @property
    def cut_ins(self) -> list[Reply]:
        """The replies that began while the caller spoke: between the first and the last voice of an utterance."""
        spoken = [(it.started_at, it.ended_at) for it in self.utterances if not it.dropped]
        return [
            reply
            for reply in self.replies
            if any(since is not None and until is not None and since < reply.started < until for since, until in spoken)
        ]

    @property
    def gaps(self) -> list[float]:
        """The response gaps, in seconds."""
        return [it.value for it in self.samples[RESPONSE_GAP]]

    def _sample(self, figure: str, sample: Sample, turn: int) -> None:
        self.samples[figure].append(sample)
        if figure == RESPONSE_GAP and turn in self._turns:
            self._turns[turn].audio_at = sample.at

    def _speech_started(self, at: float, frame: Any) -> None:
        for turn in self._turns.values():
            if turn.audio_at is None:
                turn.sound_at = None  # the caller's speech discards what was made
        started = float(frame.at)
        self._turns[frame.turn] = Turn(frame.turn, started, started, started_at=self._watch.moment(started))

    def _speech_stopped(self, at: float, frame: Any) -> None:
        turn = self._turns[frame.turn]
        turn.decided, turn.ended, turn.decided_at = float(frame.at), float(frame.at), at
        # Speech that was held ends before it is a turn: its words make it one, by SpeechStarted and SpeechStopped.
        if (held := self._held.pop(frame.turn, None)) is not None:
            self._utterance(at, held)

    def _utterance(self, at: float, frame: Any) -> None:
        turn = self._turns[frame.turn]
        turn.ended, turn.ended_at = float(frame.ended), self._watch.moment(frame.ended)

    def _turn_dropped(self, at: float, frame: Any) -> None:
        self._held.pop(frame.turn, None)
        if (turn := self._turns.get(frame.turn)) is not None:  # speech that was held need not have become one
            turn.dropped = str(frame.reason)

    def _transcript(self, at: float, frame: Any) -> None:
        turn = self._turns.get(frame.turn)
        if frame.final and turn is not None and turn.text is None:
            turn.text, turn.words_at = str(frame.text), at

    def _reply_text(self, at: float, frame: Any) -> None:
        if (turn := self._turns.get(frame.turn)) is not None and turn.reply_at is None:
            turn.reply_at = at

    def _echo_heard(self, at: float, told: Any) -> None:
        if getattr(told, "lag", None) is not None:
            self.echo = float(told.lag), float(told.level)

    def _audio_out(self, at: float, frame: Any) -> None:
        if (turn := self._turns.get(frame.turn)) is not None and turn.sound_at is None:
            turn.sound_at = at

    def _first_audio(self, at: float, told: Any) -> None:
        if (turn := self._turns.get(told.turn)) is None:
            return
        if turn.decided_at is not None:
            turn.answer_at = turn.decided_at + told.after  # behind a filler the event comes before the sound
        if getattr(told, "breath", None) is not None:
            turn.breath_until = at - told.after + told.breath

    def _interrupt(self, at: float, frame: Any) -> None:
        if self._turns:
            next(reversed(self._turns.values())).heard = str(frame.heard)


def timeline(events: Iterable[Event]) -> Timeline:
    """Return the timeline of a record's events; those in another version's form are left out."""
    made = Timeline()
    for event in events:
        with suppress(AttributeError, LookupError, TypeError, ValueError):
            made.tell(event.at, event.what, event.content)
    return made


def cut_off(some: Sequence[Turn]) -> set[int]:
    """Return the numbers of the turns with words, unanswered, after which the caller spoke again within `WENT_ON`."""
    pairs = pairwise(some)
    return {one.number for one, after in pairs if one.gap is None and after.started - one.ended < WENT_ON and one.text}


def _subject(content: Mapping[str, Any]) -> Any:
    """Return an event's subject, its fields as attributes: the frame as it is or as recorded, or the event itself."""
    frame = content.get("frame", content)
    return SimpleNamespace(**frame) if isinstance(frame, Mapping) else frame
