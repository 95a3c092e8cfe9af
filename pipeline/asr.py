"""What every recogniser does: hear a turn while it is spoken, and say what was understood."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator

from pipeline.frames import Frame, Transcript, TurnDropped, Utterance
from pipeline.processor import on
from pipeline.worker import Worker

COUGH = 0.3  # seconds of voice: below this, sound without words is no reason to ask back


class Recognizer(Worker):
    """Turns each utterance into one final transcript, whatever happens to the recognition of it."""

    gives = (Transcript, TurnDropped)
    holds = (Utterance,)

    @abstractmethod
    def recognize(self, utterance: Utterance) -> AsyncGenerator[Transcript, None]:
        """Yield what is understood of it, the final transcript last; none at all means that there were no words."""

    @on(Utterance)
    def heard(self, frame: Utterance) -> None:
        self.start(frame.turn, self._transcribe(frame))

    async def _transcribe(self, utterance: Utterance) -> AsyncGenerator[Frame, None]:
        async for transcript in self.recognize(utterance):
            if not transcript.final:
                yield transcript
                continue
            yield self.final(utterance, transcript)
            return
        yield self.final(utterance, Transcript(utterance.turn, ""))

    def final(self, utterance: Utterance, transcript: Transcript) -> Frame:
        """The frame that ends the turn: a transcript, or the news that it was only a cough."""
        text = transcript.text.strip()
        self.call.event("asr", turn=utterance.turn, text=text, confidence=transcript.confidence)
        self.call.log.log("INFO" if self.call.log_words else "DEBUG", "ASR_TEXT: {}", text)
        if not text and utterance.voiced < COUGH:
            return TurnDropped(utterance.turn, "cough")
        return Transcript(utterance.turn, text, True, transcript.language, transcript.confidence)

    def failed(self, turn: int, error: Exception) -> None:
        """A recogniser that fails has understood nothing: the caller is asked again, never left in silence."""
        self.call.fault(error, self)
        self.push(Transcript(turn, ""))
