"""A call's figures in seconds, taken from its events while they come. docs/figures.md has each one's definition."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from pipeline import audio
from pipeline.frames import (
    AgentSpeaking,
    CallStarted,
    Clear,
    Control,
    Frame,
    HeldUtterance,
    Interrupt,
    SpeechStarted,
    SpeechStopped,
    TurnDropped,
    Utterance,
)

THIRD = 3 * audio.FRAME_SECONDS  # seconds from the start of the first voiced frame to the end of the third
GOES_ON = 1.0  # seconds of an answer within which a caller who interrupts it had not finished
UNANSWERED = 16  # utterances that one answer may be for; of more, the oldest are forgotten

RESPONSE_GAP, DECISION_TO_AUDIO, BARGE_IN = "response_gap", "decision_to_audio", "barge_in"
ONSET_TO_SILENT = "onset_to_silent"
TALK_IN = "talk_in"
FIGURES = (RESPONSE_GAP, DECISION_TO_AUDIO, BARGE_IN, ONSET_TO_SILENT, TALK_IN)


class Sample(NamedTuple):
    """One value of a figure, in seconds, and the moment at which it was known."""

    at: float
    value: float


class _Question(NamedTuple):
    turn: int
    ended_at: float
    decided_at: float


class Stopwatch:
    """Takes the figures in seconds while a call's events come; each event costs O(1) time and memory.

    `note` is called with each figure's name, its sample, and the caller's turn. `takes` has a function for each class
    of frame that counts; `GAPS` are those that response gaps need. `utterances` counts the turns long enough to be one.
    """

    GAPS = (CallStarted, SpeechStopped, Utterance, HeldUtterance, TurnDropped, AgentSpeaking)

    def __init__(self, note: Callable[[str, Sample, int], None]) -> None:
        self._note = note
        self._offset = math.inf
        self._decided_at = 0.0
        self.utterances = 0
        self._held: dict[int, Any] = {}  # the sound of speech that is no turn yet, by the turn that it may be
        self._asked: deque[_Question] = deque(maxlen=UNANSWERED)
        self._third_at, self._cleared_at, self._turn = 0.0, math.inf, -1
        self._onset_at, self._answer_at = 0.0, -math.inf  # when the caller began to speak, and the agent to answer
        self.takes: dict[type[Frame | Control], Callable[[float, Any], None]] = {
            CallStarted: lambda at, _: self._arrived(at, 0.0),
            SpeechStarted: self._speech_started,
            SpeechStopped: self._speech_stopped,
            Utterance: self._utterance,
            HeldUtterance: self._held_utterance,
            TurnDropped: self._turn_dropped,
            AgentSpeaking: self._agent_speaking,
            Clear: self._clear,
            Interrupt: self._interrupt,
        }

    def moment(self, stream: float) -> float:
        """Convert stream time to the moment at which the caller spoke.

        Sound cannot arrive before it was spoken, so the earliest arrival known so far, relative to its stream time,
        tells when the stream began; by as much as a later one comes late, the line lags.
        """
        return stream + (self._offset if self._offset < math.inf else 0.0)

    def _arrived(self, at: float, stream: float) -> None:
        self._offset = min(self._offset, at - stream)

    def _speech_started(self, at: float, frame: Any) -> None:
        self._third_at, self._cleared_at, self._turn = self.moment(frame.at) + THIRD, math.inf, frame.turn
        self._onset_at = at - getattr(frame, "since", 0.0)

    def _speech_stopped(self, at: float, frame: Any) -> None:
        self._arrived(at, frame.at)
        self._decided_at = at
        if (held := self._held.pop(frame.turn, None)) is not None:
            self._utterance(at, held)

    def _utterance(self, at: float, frame: Any) -> None:
        self.utterances += 1
        self._asked.append(_Question(frame.turn, self.moment(frame.ended), self._decided_at))

    def _held_utterance(self, at: float, frame: Any) -> None:
        self._held[frame.turn] = frame

    def _turn_dropped(self, at: float, frame: Any) -> None:
        self._held.pop(frame.turn, None)
        # The answer that it stopped may go on: an earlier utterance is still the one that waits for it.
        self._asked = deque((it for it in self._asked if it.turn != frame.turn), UNANSWERED)

    def _agent_speaking(self, at: float, frame: Any) -> None:
        if frame.on:
            self._answer_at = at if self._asked else -math.inf
        if frame.on and self._asked:
            asked = self._asked.pop()
            self._asked.clear()
            self._note(RESPONSE_GAP, Sample(at, at - asked.ended_at), asked.turn)
            self._note(DECISION_TO_AUDIO, Sample(at, at - asked.decided_at), asked.turn)

    def _clear(self, at: float, frame: Any) -> None:
        self._cleared_at = min(self._cleared_at, at)

    def _interrupt(self, at: float, frame: Any) -> None:
        if self._cleared_at < math.inf:
            self._note(BARGE_IN, Sample(self._cleared_at, self._cleared_at - self._third_at), self._turn)
        if (seconds := getattr(frame, "silent_after", None)) is not None:  # a record of an earlier version has none
            self._note(ONSET_TO_SILENT, Sample(at, seconds), self._turn)
        if (seconds := self._onset_at - self._answer_at) <= GOES_ON:
            self._note(TALK_IN, Sample(at, seconds), self._turn)
