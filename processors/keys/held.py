"""Speech while keys are pressed: it is held, and comes to nothing."""

from __future__ import annotations

from pipeline.frames import (
    SpeechHeld,
    SpeechReleased,
    SpeechStarted,
    SpeechStopped,
    Transcript,
    TurnDropped,
    TurnLikely,
)
from pipeline.processor import Processor, on
from pipeline.vocabulary import DropReason


class SpeechHolding(Processor):
    """Holds the caller's speech while an entry is under way: `turn` is the entry's, None between entries.

    A turn whose voice had ended before the first key is none of it, if its words come before the entry is over: they
    pass, and are a part of the question.
    """

    turn: int | None

    def begin(self) -> None:
        self.turn = None
        self.speaking: set[int] = set()  # the caller's turns whose voice has not ended
        self.awaited: set[int] = set()  # those whose voice has ended, and whose words have not come
        self.held: set[int] = set()  # those that come to nothing, as keys were pressed meanwhile

    def hold(self) -> None:
        """Hold the speech under way, too, as an entry begins."""
        self.held |= self.speaking

    def hold_late_words(self) -> None:
        """Hold the words that have not come, as an entry is over: behind it, no turn would answer them."""
        self.held |= self.awaited

    def spoken(self, frame: Transcript) -> None:
        """Take note of the words of a turn."""

    @on(SpeechStarted, SpeechHeld)
    def speech(self, frame: SpeechStarted | SpeechHeld) -> None:
        self.speaking.add(frame.turn)
        if self.turn is None:
            self.push(frame)
            return
        self.held.add(frame.turn)
        # The voice has begun a turn of its own, which voids the entry's; no number is given twice, so it can go back.
        self.chain.turn = self.turn

    @on(SpeechStopped, SpeechReleased, TurnLikely)
    def pause(self, frame: SpeechStopped | SpeechReleased | TurnLikely) -> None:
        if isinstance(frame, SpeechStopped):
            self.speaking.discard(frame.turn)
            self.awaited.add(frame.turn)
        if frame.turn not in self.held:
            self.push(frame)

    @on(Transcript)
    def words(self, frame: Transcript) -> None:
        """Pass words on, and in the place of those that are held the reason."""
        if frame.turn not in self.held:
            if frame.final:
                self.forget(frame.turn)
                self.spoken(frame)
            self.push(frame)
        elif frame.final:
            self.dropped(TurnDropped(frame.turn, DropReason.KEYS))

    @on(TurnDropped)
    def dropped(self, frame: TurnDropped) -> None:
        self.forget(frame.turn)
        self.push(frame)

    def forget(self, turn: int) -> None:
        """Note that a turn has its outcome."""
        for turns in (self.speaking, self.awaited, self.held):
            turns.discard(turn)
