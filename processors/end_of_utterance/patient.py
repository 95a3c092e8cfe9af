"""The end of a turn by the caller's voice and words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from pipeline.frames import SentenceOpen, TurnLikely
from pipeline.processor import on
from processors.end_of_utterance.endpointing import Endpointing, seconds
from processors.end_of_utterance.settings import frames

if TYPE_CHECKING:
    from pipeline.prosody.patience import Patience


class PatientEndpointing(Endpointing):
    """Asks for less silence after a voice that has ended, and for more after one that goes on, with `prosody`.

    A voice that tells nothing ends its turn after `min_silence`, and so do words that ask, at the latest: a question
    rises at its end, as a voice does that goes on. Speech that is held, which is no turn yet, ends as without.
    """

    def begin(self) -> None:
        super().begin()
        self.patience = self._patience()
        self.early = -1 if self.patience is None else frames(self.settings.early)
        self.open = self.asks = False  # the words so far end no sentence; they are a question

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: Any, phrases: tuple[str, ...], language: str) -> AsyncIterator[Any]:
        if settings.prosody:
            from pipeline.prosody.score import FILE, read_weights  # brings numpy

            yield read_weights(settings.weights or FILE)
        else:
            yield None

    def _patience(self) -> Patience | None:
        if not self.settings.prosody:
            return None
        from pipeline.prosody import Prosody
        from pipeline.prosody.patience import Patience

        return Patience(self.settings, Prosody(self.shared))

    def begin_speech(self) -> None:
        self.open = self.asks = False
        if self.patience is not None:
            self.patience.begin()
        super().begin_speech()

    def judge(self) -> None:
        if self.patience is not None and self.pcm is not None:
            self.patience.judge(self.pcm, seconds(self.last - self.began + 1))
            over = 0.5 if self.patience.score is None else self.patience.score
            self.push(TurnLikely(self.turn, over, seconds(self.silence_needed())))

    def silence_needed(self) -> int:
        if self.patience is None or self.held is not None:
            return super().silence_needed()
        if self.open:
            return frames(self.settings.patience)
        silence = self.patience.silence
        needed = self.long_silence if silence is None else frames(silence)
        return min(needed, self.long_silence) if self.asks else needed

    @on(SentenceOpen)
    def words(self, control: SentenceOpen) -> None:
        """Take note of words that end no sentence, or that ask, or no longer do so."""
        if control.turn == self.turn:
            self.open, self.asks = control.open, control.asks
