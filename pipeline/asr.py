"""What every recogniser does: hear a turn while it is spoken, and say what was understood."""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Annotated, ClassVar

from pipeline.catalog import Steps
from pipeline.events import Understood
from pipeline.frames import Frame, Transcript, TurnDropped, Utterance
from pipeline.processor import on
from pipeline.settings import StepSettings, doc
from pipeline.vocabulary import DropReason
from pipeline.worker import Worker

COUGH = 0.3  # seconds of voice: below this, sound without words is no reason to ask back
WAITING = 8  # turns whose outcome is not known yet; of more, the oldest but one is forgotten


class RecognizerSettings(StepSettings, frozen=True, kw_only=True):
    """What may be set of every recogniser."""

    fallback: Annotated[Steps, doc("Recognisers to ask when this one fails, in order.")] = ()


class Recognizer(Worker):
    """Turns each utterance into one final transcript, whatever happens to the recognition of it.

    Outcomes leave in the order of their turns. A caller who goes on before they are answered is still asking, so that
    the recognition of what they said first goes on, too.
    """

    Settings: ClassVar[type[StepSettings]] = RecognizerSettings
    gives = (Transcript, TurnDropped)
    holds = (Utterance,)

    def __init__(self, settings: StepSettings | None = None, shared: object = None) -> None:
        super().__init__(settings, shared)
        self.waiting: deque[Utterance | TurnDropped] = deque()  # the first one's outcome is being found

    @abstractmethod
    def recognize(self, utterance: Utterance) -> AsyncGenerator[Transcript, None]:
        """Yield what is understood of it, the final transcript last; none at all means that there were no words.

        As a spare it has heard no frame of the turn: all that it has is the utterance's `pcm`.
        """

    @on(Utterance, TurnDropped)
    def heard(self, frame: Utterance | TurnDropped) -> None:
        if isinstance(frame, TurnDropped) and not self.waiting:
            self.push(frame)
            return
        self.waiting.append(frame)
        if len(self.waiting) == 1:
            self.start(frame.turn, self._outcomes())
        elif len(self.waiting) > WAITING:
            del self.waiting[1]

    def is_void(self, turn: int) -> bool:
        return False

    async def _outcomes(self) -> AsyncGenerator[Frame, None]:
        while self.waiting:
            first = self.waiting[0]
            if isinstance(first, Utterance):
                async with aclosing(self.first_answer(partial(_heard_by, first), lambda it: it.final)) as found:
                    async for transcript in found:
                        if transcript.final:
                            yield self.final(first, transcript)
                            break
                        yield transcript
                    else:
                        yield self.final(first, Transcript(first.turn, ""))
            else:
                yield first
            self.waiting.popleft()

    def final(self, utterance: Utterance, transcript: Transcript) -> Frame:
        """The frame that ends the turn: a transcript, or the news that it was only a cough."""
        text = transcript.text.strip()
        self.call.tell(Understood(utterance.turn, text, transcript.confidence))
        self.call.log.log("INFO" if self.call.log_words else "DEBUG", "ASR_TEXT: {}", text)
        if not text and utterance.voiced < COUGH:
            return TurnDropped(utterance.turn, DropReason.COUGH)
        return Transcript(utterance.turn, text, True, transcript.language, transcript.confidence)

    def failed(self, turn: int, error: Exception) -> None:
        """A recogniser that fails has understood nothing: the caller is asked again, never left in silence."""
        self.call.fault(error, str(self))
        self.push(Transcript(self.waiting.popleft().turn, ""))
        if self.waiting:
            self.start(turn, self._outcomes())


def _heard_by(utterance: Utterance, recognizer: Recognizer) -> AsyncGenerator[Transcript, None]:
    return recognizer.recognize(utterance)
